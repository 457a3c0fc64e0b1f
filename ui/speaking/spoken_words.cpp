#include "ui/speaking/spoken_words.h"

#include <QRegularExpression>
#include <algorithm>
#include <array>

#include "ui/chat/letters.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

struct Sign {
  QStringView sign, english, chinese, german, french, spanish, russian, japanese;
};

constexpr std::array kSigns{
    Sign{u"=", u"equals", u"等于", u"gleich", u"égale", u"es igual a", u"равно", u"イコール"},
    Sign{u"≈", u"is about", u"约等于", u"ungefähr", u"environ", u"aproximadamente", u"примерно", u"約"},
    Sign{u"≠", u"is not", u"不等于", u"ungleich", u"différent de", u"distinto de", u"не равно", u"ノットイコール"},
    Sign{u"≤", u"is at most", u"小于等于", u"höchstens", u"au plus", u"como máximo", u"не больше", u"以下"},
    Sign{u"≥", u"is at least", u"大于等于", u"mindestens", u"au moins", u"al menos", u"не меньше", u"以上"},
    Sign{u"<", u"is less than", u"小于", u"kleiner als", u"inférieur à", u"menor que", u"меньше", u"未満"},
    Sign{u">", u"is greater than", u"大于", u"größer als", u"supérieur à", u"mayor que", u"больше", u"より大きい"},
    Sign{u"+", u"plus", u"加", u"plus", u"plus", u"más", u"плюс", u"プラス"},
    Sign{u"−", u"minus", u"减", u"minus", u"moins", u"menos", u"минус", u"マイナス"},
    Sign{u"×", u"times", u"乘", u"mal", u"fois", u"por", u"умножить на", u"かける"},
    Sign{u"·", u"times", u"乘", u"mal", u"fois", u"por", u"умножить на", u"かける"},
    Sign{u"÷", u"divided by", u"除以", u"geteilt durch", u"divisé par", u"dividido por", u"разделить на", u"割る"},
    Sign{u"±", u"plus or minus", u"正负", u"plus minus", u"plus ou moins", u"más o menos", u"плюс минус",
         u"プラスマイナス"},
    Sign{u"→", u"to", u"到", u"nach", u"vers", u"a", u"к", u"から"},
    Sign{u"√", u"root of", u"根号", u"Wurzel aus", u"racine de", u"raíz de", u"корень из", u"ルート"},
    Sign{u"∞", u"infinity", u"无穷", u"unendlich", u"l'infini", u"infinito", u"бесконечность", u"無限大"},
    Sign{u"²", u"squared", u"的平方", u"zum Quadrat", u"au carré", u"al cuadrado", u"в квадрате", u"の二乗"},
    Sign{u"³", u"cubed", u"的立方", u"hoch drei", u"au cube", u"al cubo", u"в кубе", u"の三乗"}};

QStringView wordFor(const Sign& sign, QLocale::Language language) {
  switch (language) {
    case QLocale::Chinese: return sign.chinese;
    case QLocale::German: return sign.german;
    case QLocale::French: return sign.french;
    case QLocale::Spanish: return sign.spanish;
    case QLocale::Russian: return sign.russian;
    case QLocale::Japanese: return sign.japanese;
    case QLocale::English: return sign.english;
    default: return sign.sign;  // the voice may know it
  }
}

// Signs between words and in formulas; a hyphen is none.
QString withoutSigns(QString words, QLocale::Language language) {
  static const QRegularExpression minus(u"(?<=[\\d\\w)] )-(?= [\\d\\w(])|(?<![\\w])-(?=\\d)"_s,
                                        QRegularExpression::UseUnicodePropertiesOption);
  words.replace(minus, u"−"_s);
  for (const Sign& sign : kSigns) {
    if (!words.contains(sign.sign)) continue;
    words.replace(sign.sign.toString(), u' ' + wordFor(sign, language).toString() + u' ');
  }
  return words;
}

// Emoji, dingbats, arrows and boxes that are pictures, and what joins them.
bool isPictured(char32_t c) {
  return (c >= 0x1f000 && c <= 0x1faff) || (c >= 0x2600 && c <= 0x27bf) || (c >= 0x2b00 && c <= 0x2bff) ||
         (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe007f) || (c >= 0x2500 && c <= 0x25ff) ||
         c == 0x200d || c == 0x20e3 || c == 0xfffc || c == 0xfffd;
}

QString withoutPictures(const QString& words) {
  QString plain;
  plain.reserve(words.size());
  for (const char32_t c : words.toUcs4()) {
    if (!isPictured(c)) plain += QString::fromUcs4(&c, 1);
  }
  return plain;
}

}  // namespace

QString spokenWords(const QString& written, QLocale::Language language) {
  static const QRegularExpression address(u"\\b(?:https?://|www\\.)(?:www\\.)?([^\\s/:?#)>\\]]+)[^\\s)>\\]]*"_s);
  static const QRegularExpression marks(u"[*_`~#|^\\\\]+|\\[(?=[ xX]\\])|(?<=\\[[ xX])\\]"_s);
  QString words = withoutPictures(written);
  words.replace(address, u"\\1"_s);
  words.replace(marks, u" "_s);
  words = withoutSigns(words, language).simplified();
  return countLetters(words) > 0 ? words : QString();
}

}  // namespace xllm::ui
