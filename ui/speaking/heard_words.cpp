#include "ui/speaking/heard_words.h"

#include <QRegularExpression>
#include <QSet>
#include <QStringList>
#include <algorithm>
#include <vector>

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double kSameShare = 0.6;  // of the recognised words

bool isWide(QChar c) { return c.unicode() > 0x2e80; }

// Words in small letters; of scripts without spaces every character is one.
QStringList wordsOf(const QString& text) {
  QStringList words;
  QString word;
  const auto close = [&] {
    if (!word.isEmpty()) words << word;
    word.clear();
  };
  for (const QChar c : text.toLower()) {
    if (c == u'\'' || c == u'’') continue;  // "it's" and "its" sound the same
    if (!c.isLetterOrNumber() && c.category() != QChar::Mark_NonSpacing) {
      close();
    } else if (isWide(c)) {
      close();
      words << QString(c);
    } else {
      word += c;
    }
  }
  close();
  return words;
}

int distance(const QString& a, const QString& b) {
  std::vector<int> row(static_cast<std::size_t>(b.size()) + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = static_cast<int>(j);
  for (qsizetype i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j < row.size(); ++j) {
      const int changed = diagonal + (a[i - 1] == b[static_cast<qsizetype>(j) - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

bool sound(const QString& a, const QString& b) {
  if (a == b) return true;
  const qsizetype longer = std::max(a.size(), b.size());
  return longer >= 4 && distance(a, b) * 3 <= static_cast<int>(longer);
}

// Of the recognised words so many stand in the spoken ones, in the same order.
int sharedWords(const QStringList& heard, const QStringList& spoken) {
  std::vector<int> row(static_cast<std::size_t>(spoken.size()) + 1, 0);
  for (const QString& word : heard) {
    int diagonal = 0;
    for (std::size_t j = 1; j < row.size(); ++j) {
      const int above = row[j];
      row[j] = sound(word, spoken[static_cast<qsizetype>(j) - 1]) ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

// Noises of a throat, and what Whisper is known to write where nobody speaks.
const QSet<QString>& noises() {
  static const QSet<QString> known{
      u"hm"_s,       u"hmm"_s,    u"hmmm"_s,  u"mm"_s,    u"mmm"_s,      u"mhm"_s,      u"mmhm"_s,   u"uh"_s,
      u"uhh"_s,      u"um"_s,     u"umm"_s,   u"ah"_s,    u"ahh"_s,      u"oh"_s,       u"eh"_s,     u"er"_s,
      u"huh"_s,      u"ugh"_s,    u"ha"_s,    u"haha"_s,  u"ahem"_s,     u"äh"_s,       u"ähm"_s,    u"öh"_s,
      u"euh"_s,      u"heu"_s,    u"嗯"_s,    u"啊"_s,    u"呃"_s,       u"哦"_s,       u"あ"_s,     u"え"_s,
      u"う"_s,       u"ん"_s,     u"э"_s,     u"м"_s,     u"ммм"_s,      u"а"_s,        u"cough"_s,  u"coughs"_s,
      u"coughing"_s, u"sneeze"_s, u"sighs"_s, u"music"_s, u"applause"_s, u"laughter"_s, u"silence"_s};
  return known;
}

const QSet<QString>& hallucinations() {
  static const QSet<QString> known{u"you"_s,
                                   u"thank you"_s,
                                   u"thank you very much"_s,
                                   u"thanks for watching"_s,
                                   u"thank you for watching"_s,
                                   u"bye"_s,
                                   u"i heard nothing"_s,
                                   u"the"_s,
                                   u"谢 谢 观 看"_s,
                                   u"ご 視 聴 あ り が と う ご ざ い ま し た"_s,
                                   u"продолжение следует"_s};
  return known;
}

}  // namespace

bool holdsWords(const QString& recognised) {
  static const QRegularExpression inBrackets(u"\\[[^\\]]*\\]?|\\([^)]*\\)?|（[^）]*）?|\\*[^*]*\\*?|♪[^♪]*♪?"_s);
  const QStringList words = wordsOf(QString(recognised).remove(inBrackets));
  if (hallucinations().contains(words.join(u' '))) return false;
  return std::any_of(words.begin(), words.end(), [](const QString& word) { return !noises().contains(word); });
}

bool areSpokenWords(const QString& recognised, const QString& spoken) {
  const QStringList heard = wordsOf(recognised), said = wordsOf(spoken);
  if (heard.isEmpty() || said.isEmpty()) return false;
  return sharedWords(heard, said) >= kSameShare * static_cast<double>(heard.size());
}

}  // namespace xllm::ui
