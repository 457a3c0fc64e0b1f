// Colours of code: what the words are, and that they stay right while a block grows and when it is shown in parts.
#include <QSignalSpy>
#include <QTest>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextLayout>
#include <cmath>

#include "ui/chat/code_highlighter.h"
#include "ui/widgets/theme.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

// "K:int N:1": the words of lines, each line's behind the one before.
QStringList words(const QString& language, const QString& lines, CodeState* end = nullptr) {
  QStringList found;
  CodeState state = end ? *end : 0;
  for (const QString& line : lines.split(u'\n')) {
    state = scanCode(*codeLanguage(language), line, state, [&](qsizetype start, qsizetype length, CodeWord word) {
      static constexpr char kLetters[] = "?KSCN+-";
      found << QLatin1Char(kLetters[static_cast<int>(word)]) + u":"_s + line.mid(start, length);
    });
  }
  if (end) *end = state;
  return found;
}

double luminance(const QColor& color) {
  const auto part = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double bright = std::max(luminance(a), luminance(b)), dim = std::min(luminance(a), luminance(b));
  return (bright + 0.05) / (dim + 0.05);
}

}  // namespace

class CodeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void tellsTheWordsOfALine_data() {
    QTest::addColumn<QString>("language");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("C++") << u"C++"_s << u"int a1 = 0x1F; // \"no\""_s
                         << QStringList{u"K:int"_s, u"N:0x1F"_s, u"C:// \"no\""_s};
    QTest::newRow("quotes in strings") << u"cpp"_s << u"f(\"a \\\" // b\", 'c')"_s
                                       << QStringList{u"S:\"a \\\" // b\""_s, u"S:'c'"_s};
    QTest::newRow("block comment") << u"js"_s << u"a /* b\nfor\nc */ for"_s
                                   << QStringList{u"C:/* b"_s, u"C:for"_s, u"C:c */"_s, u"K:for"_s};
    QTest::newRow("Python's long string")
        << u"py"_s << u"x = \"\"\"if\nelse\"\"\" if y"_s << QStringList{u"S:\"\"\"if"_s, u"S:else\"\"\""_s, u"K:if"_s};
    QTest::newRow("part of a word") << u"py"_s << u"iffy = format"_s << QStringList{};
    QTest::newRow("a hash in a word") << u"bash"_s << u"echo a#b # c"_s << QStringList{u"K:echo"_s, u"C:# c"_s};
    QTest::newRow("SQL in capitals") << u"sql"_s << u"SELECT a -- b"_s << QStringList{u"K:SELECT"_s, u"C:-- b"_s};
    QTest::newRow("a lifetime is no string")
        << u"rust"_s << u"fn f<'a>(x: &'a str)"_s << QStringList{u"K:fn"_s, u"K:str"_s};
    QTest::newRow("diff") << u"diff"_s << u"@@ 1 @@\n+a\n-b\n c"_s << QStringList{u"K:@@ 1 @@"_s, u"+:+a"_s, u"-:-b"_s};
    QTest::newRow("an open string ends with its line")
        << u"c"_s << u"\"open\nint"_s << QStringList{u"S:\"open"_s, u"K:int"_s};
    QTest::newRow("a backslash at the end") << u"c"_s << u"'\\"_s << QStringList{u"S:'\\"_s};
  }
  void tellsTheWordsOfALine() {
    QFETCH(QString, language);
    QFETCH(QString, code);
    QFETCH(QStringList, expected);
    QCOMPARE(words(language, code), expected);
  }

  void knowsLanguagesByAllTheirNames() {
    QCOMPARE(codeLanguage(u"Python"_s), codeLanguage(u"py"_s));
    QVERIFY(codeLanguage(u"TypeScript"_s));
    QVERIFY(!codeLanguage(u"plain"_s));
    QVERIFY(!codeLanguage(QString()));
  }

  void goesOnWhereThePartAboveEnded() {
    CodeState state = 0;
    words(u"cpp"_s, u"int a; /* open"_s, &state);
    QTextDocument document;
    document.setPlainText(u"still int */ int"_s);
    const CodeHighlighter highlighter(&document, *codeLanguage(u"cpp"_s), state, colorsOf(QPalette()));
    const auto formats = document.firstBlock().layout()->formats();
    QCOMPARE(formats.size(), 2);
    QCOMPARE(formats[0].start, 0);
    QCOMPARE(formats[0].length, 12);
    QCOMPARE(formats[1].start, 13);
    QCOMPARE(highlighter.endState(), 0);
  }

  void coloursCanBeReadOnTheCodesGround() {
    for (const ThemeChoice theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
      applyTheme(*qApp, theme);
      const Colors& colors = colorsOf(qApp->palette());
      for (const QColor& color :
           {colors.codeKeyword, colors.codeString, colors.codeNumber, colors.muted, colors.danger}) {
        QVERIFY2(contrast(color, colors.code) >= 4.5,
                 qPrintable(color.name() + u' ' + QString::number(contrast(color, colors.code))));
      }
    }
  }
};

QTEST_MAIN(CodeTest)
#include "code_test.moc"
