#include "ui/speaking/sentences.h"

#include <QSet>
#include <QString>
#include <algorithm>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongest = 260;  // letters of a sentence; wide ones count double

bool isWideMark(QChar c) { return QStringView(u"。！？｡").contains(c); }
bool isMark(QChar c) { return QStringView(u".!?…").contains(c); }
bool isBreak(QChar c) { return c == QChar::LineSeparator || c == QChar::ParagraphSeparator || c == u'\n'; }
bool isClosing(QChar c) { return QStringView(u"\"')]}”’»›」』）】》〉*_`").contains(c); }
bool isOpening(QChar c) { return QStringView(u"\"'([{“‘«‹„¿¡「『（【《〈*_`#").contains(c); }
bool isClause(QChar c) { return QStringView(u",;:，；：、—").contains(c); }

// Behind these a dot is no end, in English, German, French, Spanish and Russian; in small letters.
const QSet<QString>& abbreviations() {
  static const QSet<QString> known{
      u"dr"_s,     u"mr"_s,   u"mrs"_s,  u"ms"_s,   u"prof"_s, u"st"_s,   u"jr"_s,   u"sr"_s,  u"vs"_s,   u"etc"_s,
      u"approx"_s, u"fig"_s,  u"no"_s,   u"vol"_s,  u"p"_s,    u"pp"_s,   u"ed"_s,   u"al"_s,  u"cf"_s,   u"ca"_s,
      u"e.g"_s,    u"i.e"_s,  u"u.s"_s,  u"bzw"_s,  u"z.b"_s,  u"d.h"_s,  u"usw"_s,  u"vgl"_s, u"nr"_s,   u"str"_s,
      u"abb"_s,    u"evtl"_s, u"ggf"_s,  u"inkl"_s, u"u.a"_s,  u"hr"_s,   u"fr"_s,   u"mme"_s, u"mlle"_s, u"env"_s,
      u"p.ex"_s,   u"sra"_s,  u"srta"_s, u"ud"_s,   u"uds"_s,  u"p.ej"_s, u"т.е"_s,  u"т.д"_s, u"т.п"_s,  u"г"_s,
      u"гг"_s,     u"стр"_s,  u"рис"_s,  u"др"_s,   u"см"_s,   u"им"_s,   u"jan"_s,  u"feb"_s, u"aug"_s,  u"sept"_s,
      u"oct"_s,    u"nov"_s,  u"dec"_s,  u"inc"_s,  u"ltd"_s,  u"co"_s,   u"dept"_s, u"est"_s, u"max"_s,  u"min"_s};
  return known;
}

// Whether the dot at `at` belongs to the word before it.
bool isPartOfWord(QStringView text, qsizetype from, qsizetype at) {
  qsizetype start = at;
  while (start > from && !text[start - 1].isSpace() && !isOpening(text[start - 1])) --start;
  const QStringView word = text.mid(start, at - start);
  if (word.isEmpty()) return false;
  if (word.size() == 1 && word[0].isLetter() && word[0].isUpper() && word[0] != u'I') return true;  // J. S. Bach
  if (word.size() == 1 && word[0].isLetter()) {  // "z. B.", "p. ex.": each part alone
    return QStringView(u"zdupisgт").contains(word[0]);
  }
  return abbreviations().contains(word.toString().toLower());
}

// "1. Wash it" and, in German, "am 3. Mai".
bool isNumbering(QStringView text, qsizetype from, qsizetype at) {
  qsizetype start = at;
  while (start > from && text[start - 1].isDigit()) --start;
  if (start == at || at - start > 2) return false;
  const QStringView before = text.mid(from, start - from).trimmed();
  const QStringView word = before.mid(before.lastIndexOf(u' ') + 1);
  constexpr QStringView kGerman = u" am der dem den des vom zum im die das bis ";
  return before.isEmpty() || kGerman.contains(QString(u' ' + word.toString().toLower() + u' '));
}

qsizetype breathFrom(QStringView text, qsizetype from) {
  qsizetype weight = 0, clause = -1, space = -1;
  for (qsizetype at = from; at < text.size(); ++at) {
    weight += text[at].unicode() > 0x2e80 ? 2 : 1;
    if (weight > kLongest) {
      const qsizetype half = from + (at - from) / 2;
      return clause > half ? clause : space > half ? space : at;
    }
    const bool wide = text[at].unicode() > 0x2e80;
    if (isClause(text[at]) && (wide || (at + 1 < text.size() && text[at + 1].isSpace()))) clause = at + 1;
    if (text[at].isSpace()) space = at + 1;
  }
  return -1;
}

qsizetype skipSpace(QStringView text, qsizetype at) {
  while (at < text.size() && text[at].isSpace()) ++at;
  return at;
}

// The end behind the mark at `at`, or -1: it is none; `unknown`: only what follows will tell.
qsizetype endBehind(QStringView text, qsizetype from, qsizetype at, bool& unknown) {
  if (isBreak(text[at])) return at + 1;
  qsizetype end = at + 1;
  bool wide = isWideMark(text[at]);
  while (end < text.size() && (isMark(text[end]) || isWideMark(text[end]))) wide |= isWideMark(text[end++]);
  const bool isDot = end == at + 1 && text[at] == u'.';
  while (end < text.size() && isClosing(text[end])) ++end;
  if (end == text.size()) {
    unknown = true;
    return end;
  }
  if (wide) return skipSpace(text, end);
  if (!text[end].isSpace()) return -1;  // 3.5, example.org
  const qsizetype next = skipSpace(text, end);
  if (isBreak(text[end])) return next;
  if (next == text.size()) {
    unknown = true;
    return next;
  }
  qsizetype first = next;
  while (first < text.size() && isOpening(text[first])) ++first;
  const QChar letter = first < text.size() ? text[first] : text[next];
  if (letter.isLower() && (isDot || text[at] == u'…' || text[end - 1] == u'.')) return -1;
  if (isDot && (isPartOfWord(text, from, at) || isNumbering(text, from, at))) return -1;
  return next;
}

}  // namespace

bool mayEndSentence(QStringView text) {
  return std::any_of(text.begin(), text.end(), [](QChar c) { return isMark(c) || isWideMark(c) || isBreak(c); });
}

qsizetype sentenceEnd(QStringView text, qsizetype from, bool complete) {
  const qsizetype breath = breathFrom(text, from);
  for (qsizetype at = from; at < text.size() && (breath < 0 || at < breath); ++at) {
    if (!isMark(text[at]) && !isWideMark(text[at]) && !isBreak(text[at])) continue;
    bool unknown = false;
    const qsizetype end = endBehind(text, from, at, unknown);
    if (unknown) return complete ? text.size() : -1;
    if (end >= 0) return end;
  }
  if (breath >= 0) return breath;
  return complete ? text.size() : -1;
}

}  // namespace xllm::ui
