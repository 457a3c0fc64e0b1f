// Mathematics between words: found where it is meant, readable, and never in the way of what is none.
#include <QTest>
#include <QTextDocument>

#include "ui/chat/markdown_document.h"
#include "ui/chat/math_text.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

class MathTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void readsFormulas_data() {
    QTest::addColumn<QString>("latex");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* latex, const QString& expected) {
      QTest::newRow(latex) << QString::fromUtf8(latex) << expected;
    };
    row("E=mc^2", u"E = mc²"_s);
    row("x^{10}_{i+1}", u"x¹⁰ᵢ₊₁"_s);
    row("\\frac{a+b}{2}", u"(a+b)/2"_s);
    row("\\frac{1}{\\sqrt{2\\pi}}", u"1/√(2π)"_s);
    row("\\sqrt[3]{8} = 2", u"∛8 = 2"_s);
    row("\\alpha \\leq \\beta", u"α ≤ β"_s);
    row("\\sum_{i=1}^{n} i^2", u"∑ᵢ₌₁ⁿ i²"_s);
    row("e^{i\\pi} + 1 = 0", u"e^(iπ) + 1 = 0"_s);
    row("\\int_0^\\infty f(x)\\,dx", u"∫₀^∞ f(x) dx"_s);
    row("\\mathbb{R}^n \\to \\mathbb{C}", u"ℝⁿ → ℂ"_s);
    row("90^\\circ", u"90°"_s);
    row("\\text{if } x > 0", u"if x > 0"_s);
    row("\\left( \\frac{a}{b} \\right)", u"( a/b )"_s);
    row("\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", u"[a b ; c d]"_s);
    row("\\hat{x}", u"x\u0302"_s);
    row("\\sin x + \\log_2 8", u"sin x + log₂ 8"_s);
    row("a - b", u"a − b"_s);
    row("\\unknown{x}", u"\\unknownx"_s);
    row("\\{1, 2\\}", u"{1, 2}"_s);
  }
  void readsFormulas() {
    QFETCH(QString, latex);
    QFETCH(QString, expected);
    QCOMPARE(mathText(latex), expected);
  }

  void brokenFormulasStillGiveText() {
    for (const QString& latex :
         {u"\\frac{a"_s, u"}"_s, u"^"_s, u"\\"_s, u"\\sqrt["_s, u"\\begin{x"_s, u"{{{"_s, u"a_"_s}) {
      (void)mathText(latex);
    }
    QCOMPARE(mathText(u"\\frac{a"), u"a/"_s);
    (void)mathText(QString(100000, u'{'));  // however deep
    (void)mathText(u"\\frac"_s.repeated(20000));
    (void)mathText(u"^"_s.repeated(100000));
  }

  void findsFormulasInText_data() {
    QTest::addColumn<QString>("markdown");
    QTest::addColumn<QString>("shown");
    QTest::newRow("dollars") << u"So $a_1 * b_2$ is *it*."_s << u"So a₁ * b₂ is it."_s;
    QTest::newRow("display") << u"$$\nx^2\n$$"_s << u"x²"_s;
    QTest::newRow("brackets") << u"\\[ x^2 \\] and \\(y_1\\)."_s << u"x² and y₁."_s;
    QTest::newRow("a letter") << u"where $n$ is"_s << u"where n is"_s;
    QTest::newRow("money") << u"It costs $5 and $6, or $7."_s << u"It costs $5 and $6, or $7."_s;
    QTest::newRow("money with words") << u"from $1 million to $2 million"_s << u"from $1 million to $2 million"_s;
    QTest::newRow("shell") << u"`echo $HOME $x^2$` here"_s << u"echo $HOME $x^2$ here"_s;
    QTest::newRow("escaped") << u"\\$x^2\\$"_s << u"$x^2$"_s;
    QTest::newRow("open") << u"The value $x^2 is"_s << u"The value $x^2 is"_s;
    QTest::newRow("private letters") << u"\ue0000\ue001 $x^2$"_s << u"\ufffd0\ufffd x²"_s;
  }
  void findsFormulasInText() {
    QFETCH(QString, markdown);
    QFETCH(QString, shown);
    QTextDocument document;
    setMarkdown(document, markdown, textStyle(QFont(), QPalette()));
    QCOMPARE(document.toPlainText(), shown);
  }
};

QTEST_MAIN(MathTest)
#include "math_test.moc"
