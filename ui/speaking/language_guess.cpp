#include "ui/speaking/language_guess.h"

#include <QChar>
#include <QHash>
#include <QString>
#include <array>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

using Language = QLocale::Language;

struct SmallWords {
  Language language;
  QStringView words;  // between spaces, in small letters
  QStringView marks;  // letters that the others do not have
};

constexpr std::array kLatin{
    SmallWords{
        QLocale::English,
        u" the and is are was of to it that this with for you he she they in on not what which there i a an be have "
        u"has from by as at or we can will would how its ",
        u""},
    SmallWords{
        QLocale::German,
        u" der die das und ist sind war nicht ein eine einen einem zu den dem mit von für auf es ich sie er wir auch "
        u"wie im in an wird oder dass was gibt hat kann man bei aus ",
        u"ßäöü"},
    SmallWords{
        QLocale::French,
        u" le la les et est sont une un des du de dans que qui pour pas il elle je vous nous ce cette avec sur au aux "
        u"en ne se plus par ou mais c'est ",
        u"çœêèâîôûàù"},
    SmallWords{
        QLocale::Spanish,
        u" el la los las y es son una un de del en que por para no se con lo su como más pero al este esta está hay "
        u"muy qué cuando sus también ",
        u"ñ¿¡"}};

struct Scripts {
  int latin = 0, han = 0, kana = 0, cyrillic = 0, hangul = 0;
  QHash<QChar::Script, int> others;
};

Scripts count(QStringView words) {
  Scripts seen;
  for (const QChar letter : words) {
    if (!letter.isLetter()) continue;
    switch (letter.script()) {
      case QChar::Script_Latin: ++seen.latin; break;
      case QChar::Script_Han: ++seen.han; break;
      case QChar::Script_Hiragana:
      case QChar::Script_Katakana: ++seen.kana; break;
      case QChar::Script_Cyrillic: ++seen.cyrillic; break;
      case QChar::Script_Hangul: ++seen.hangul; break;
      default: ++seen.others[letter.script()];
    }
  }
  return seen;
}

Language ofOtherScript(QChar::Script script, Language context) {
  switch (script) {
    case QChar::Script_Greek: return QLocale::Greek;
    case QChar::Script_Arabic:
      return context == QLocale::Persian || context == QLocale::Urdu ? context : QLocale::Arabic;
    case QChar::Script_Hebrew: return QLocale::Hebrew;
    case QChar::Script_Thai: return QLocale::Thai;
    case QChar::Script_Devanagari: return QLocale::Hindi;
    default: return context;
  }
}

bool isWrittenInLatin(Language language) {
  switch (language) {
    case QLocale::Chinese:
    case QLocale::Japanese:
    case QLocale::Korean:
    case QLocale::Russian:
    case QLocale::Ukrainian:
    case QLocale::Bulgarian:
    case QLocale::Greek:
    case QLocale::Arabic:
    case QLocale::Persian:
    case QLocale::Urdu:
    case QLocale::Hebrew:
    case QLocale::Thai:
    case QLocale::Hindi: return false;
    default: return true;
  }
}

Language ofLatin(QStringView words, Language context) {
  QString plain = words.toString().toLower();
  for (QChar& letter : plain) {
    if (letter == u'’') letter = u'\'';
    if (!letter.isLetter() && letter != u'\'') letter = u' ';
  }
  const QStringList parts = plain.split(u' ', Qt::SkipEmptyParts);
  Language best = isWrittenInLatin(context) ? context : QLocale::English;
  double most = 0;
  for (const SmallWords& known : kLatin) {
    double score = 0;
    for (const QString& part : parts) {
      if (known.words.contains(QString(u' ' + part + u' '))) score += 1;
    }
    for (const QChar letter : words) {
      if (known.marks.contains(letter.toLower())) score += 1.2;
    }
    if (known.language == context) score += 0.5;  // it decides between equals
    if (score > most && score >= 1) {
      most = score;
      best = known.language;
    }
  }
  return best;
}

}  // namespace

Language guessLanguage(QStringView words, Language context) {
  const Scripts seen = count(words);
  for (auto other = seen.others.cbegin(); other != seen.others.cend(); ++other) {
    if (other.value() > seen.latin && other.value() > seen.cyrillic) return ofOtherScript(other.key(), context);
  }
  // A word weighs about as much as two characters that are whole syllables.
  const int wide = 3 * (seen.han + seen.kana);
  if (wide > seen.latin && wide >= seen.cyrillic && wide > 0) {
    if (seen.kana * 5 >= seen.han) return QLocale::Japanese;
    return seen.kana == 0 && context == QLocale::Japanese ? context : QLocale::Chinese;
  }
  if (2 * seen.hangul > seen.latin && seen.hangul > 0) return QLocale::Korean;
  if (seen.cyrillic > seen.latin) {
    return context == QLocale::Ukrainian || context == QLocale::Bulgarian ? context : QLocale::Russian;
  }
  return seen.latin > 0 ? ofLatin(words, context) : context;
}

}  // namespace xllm::ui
