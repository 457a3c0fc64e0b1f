#include <QClipboard>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QTest>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextTable>
#include <QToolButton>

#include "ui/chat/markdown_document.h"
#include "ui/chat/markdown_splitter.h"
#include "ui/chat/message_text.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

QString whole(const QStringList& pieces) { return pieces.join(QString()); }

// The same text in one go and character by character.
QStringList pieces(const QString& text, bool slowly) {
  MarkdownSplitter splitter;
  if (slowly) {
    for (const QChar c : text) splitter.append(QStringView(&c, 1));
  } else {
    splitter.append(text);
  }
  splitter.finish();
  QStringList closed;
  for (const auto& piece : splitter.closed()) closed << piece.text;
  return closed;
}

}  // namespace

class MarkdownTest : public QObject {
  Q_OBJECT

  const TextStyle m_style = textStyle(QFont(), QPalette());

 private Q_SLOTS:
  void cutsAtTopLevelBlocks_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("paragraphs") << u"One\nline.\n\nTwo.\n"_s << QStringList{u"One\nline.\n\n"_s, u"Two.\n"_s};
    QTest::newRow("fence") << u"Look:\n```py\na = 1\n\nb = 2\n```\nDone."_s
                           << QStringList{u"Look:\n"_s, u"```py\na = 1\n\nb = 2\n```\n"_s, u"Done."_s};
    QTest::newRow("list stays whole") << u"1. a\n\n2. b\n\n   more b\n\nAfter."_s
                                      << QStringList{u"1. a\n\n2. b\n\n   more b\n\n"_s, u"After."_s};
    QTest::newRow("list after text") << u"Items:\n- a\n- b\n"_s << QStringList{u"Items:\n"_s, u"- a\n- b\n"_s};
    QTest::newRow("a year is no list") << u"It was\n1986. Good.\n"_s << QStringList{u"It was\n1986. Good.\n"_s};
    QTest::newRow("heading") << u"# T\nText\n## U\n"_s << QStringList{u"# T\n"_s, u"Text\n"_s, u"## U\n"_s};
    QTest::newRow("tilde in backticks") << u"```\n~~~\n```\nx"_s << QStringList{u"```\n~~~\n```\n"_s, u"x"_s};
    QTest::newRow("longer fence") << u"````\n```\n````\nx"_s << QStringList{u"````\n```\n````\n"_s, u"x"_s};
    QTest::newRow("code in list") << u"- a\n\n  ```\n  x\n\n  y\n  ```\n- b\n"_s
                                  << QStringList{u"- a\n\n  ```\n  x\n\n  y\n  ```\n- b\n"_s};
  }
  void cutsAtTopLevelBlocks() {
    QFETCH(QString, text);
    QFETCH(QStringList, expected);
    QCOMPARE(pieces(text, false), expected);
    QCOMPARE(pieces(text, true), expected);
    QCOMPARE(expected.join(QString()), text);  // nothing is lost
  }

  void cutsWhatIsVeryLongSoThatTheTailStaysShort_data() {
    QTest::addColumn<QString>("part");
    QTest::addColumn<QString>("start");
    QTest::newRow("list") << u"- an item with some words\n"_s << u"- an item"_s;
    QTest::newRow("loose list") << u"- an item\n\n  and more of it\n\n"_s << u"- an item"_s;
    QTest::newRow("lines") << u"A line with some words\n"_s << u"A line"_s;
    QTest::newRow("quote") << u"> A line with some words\n"_s << u"> A line"_s;
    QTest::newRow("one line of sentences") << u"Some words of `it`. "_s << u"Some words"_s;
    QTest::newRow("one line of words") << u"word "_s << u"word"_s;
    QTest::newRow("Chinese sentences") << u"这是一句话。"_s << u"这是"_s;
    QTest::newRow("Chinese without an end") << u"字"_s << u"字"_s;
  }
  void cutsWhatIsVeryLongSoThatTheTailStaysShort() {
    QFETCH(QString, part);
    QFETCH(QString, start);
    const QString text = u"Before.\n\n"_s + part.repeated(20000 / part.size());
    const QStringList cut = pieces(text, false);
    QCOMPARE(pieces(text, true), cut);
    QCOMPARE(whole(cut), text);
    QVERIFY(cut.size() >= 5);
    for (qsizetype i = 1; i < cut.size(); ++i) {
      QVERIFY2(cut[i].startsWith(start), qPrintable(cut[i].left(40)));
      QVERIFY(cut[i].size() < 2 * MarkdownSplitter::kLong + 100);
    }
    MarkdownSplitter splitter;
    splitter.append(text);
    QVERIFY(!splitter.closed().at(1).continues);
    QVERIFY(splitter.closed().at(2).continues);
  }

  void partsOfVeryLongCodeStandForThemselves() {
    QStringList lines;
    for (int i = 0; i < 1000; ++i) lines << u"int x%1 = 0;"_s.arg(i);
    const QString code = lines.join(u'\n');
    const QStringList cut = pieces(u"~~~cpp\n"_s + code + u"\n~~~\nAfter."_s, true);
    QVERIFY(cut.size() > 5);
    QStringList read;
    for (qsizetype i = 0; i + 1 < cut.size(); ++i) {
      const auto piece = asCode(cut[i]);
      QVERIFY2(piece, qPrintable(cut[i].left(40)));
      QCOMPARE(piece->language, u"cpp"_s);
      read << piece->code;
    }
    QCOMPARE(read.join(u'\n'), code);
    QCOMPARE(cut.last(), u"After."_s);

    MessageText text(MessageText::Format::Markdown);
    text.append(u"~~~cpp\n"_s + code + u"\n~~~\nAfter."_s);
    text.finish();
    text.resize(600, text.heightFor(600));
    text.show();
    QTRY_COMPARE(text.findChildren<QToolButton*>().size(), 1);  // it is one block
    const auto buttons = text.findChildren<QToolButton*>();
    QTest::mouseClick(buttons[0], Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), code);
    QTest::keyClick(&text, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(text.selectedText(), code + u"\n\nAfter."_s);
  }

  void whatMustStayTogetherIsNotCut() {
    const QString table = u"| a | b |\n|---|---|\n"_s + u"| 1 | 2 |\n"_s.repeated(1000);
    QCOMPARE(pieces(table, true), QStringList{table});
    const QString sameNumbers = u"1. An item\n"_s.repeated(1000);  // Markdown counts them from the first on
    QCOMPARE(pieces(sameNumbers, true), QStringList{sameNumbers});
    const QString bold = u"**"_s + u"Some words. "_s.repeated(250) + u"end** and. More words stand here."_s;
    QVERIFY(pieces(bold, true).first().contains(u"end**"_s));
  }

  void readsFencedCode() {
    const auto open = asCode(u"```cpp\nint a;\nint b"_s);
    QVERIFY(open);
    QCOMPARE(open->language, u"cpp"_s);
    QCOMPARE(open->code, u"int a;\nint b"_s);
    const auto closed = asCode(u"~~~\nx\n\n~~~\n"_s);
    QVERIFY(closed);
    QCOMPARE(closed->code, u"x\n"_s);
    QVERIFY(!asCode(u"`inline` text"_s));
    QVERIFY(asCode(u"```"_s));
  }

  void rendersStructure() {
    QTextDocument document;
    setMarkdown(document, u"## Title\n\nSome **bold** and `code`.\n\n- one\n- two\n  - deep\n\n> quoted\n"_s, m_style);
    QCOMPARE(document.firstBlock().blockFormat().headingLevel(), 2);
    QCOMPARE(document.toPlainText(), u"Title\nSome bold and code.\none\ntwo\ndeep\nquoted"_s);
    const QTextBlock one = document.findBlockByNumber(2);
    QVERIFY(one.textList());
    QCOMPARE(one.textList(), document.findBlockByNumber(3).textList());
    QVERIFY(document.findBlockByNumber(4).textList() != one.textList());
    QCOMPARE(document.lastBlock().blockFormat().intProperty(QTextFormat::BlockQuoteLevel), 1);
  }

  void rendersTables() {
    QTextDocument document;
    setMarkdown(document, u"| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n"_s, m_style);
    QTextTable* table = nullptr;
    for (QTextFrame* frame : document.rootFrame()->childFrames()) table = qobject_cast<QTextTable*>(frame);
    QVERIFY(table);
    QCOMPARE(table->rows(), 3);
    QCOMPARE(table->columns(), 2);
    QCOMPARE(table->cellAt(2, 1).firstCursorPosition().block().text(), u"4"_s);
    QCOMPARE(table->cellAt(2, 1).firstCursorPosition().blockFormat().alignment(), Qt::AlignRight);
  }

  // Replies are nobody's word: HTML is text, pictures are words, nothing is loaded.
  void keepsHtmlAndPicturesAsText() {
    QTextDocument document;
    setMarkdown(document,
                u"<b>x</b> <img src=\"http://example.com/a.png\"> ![a cat](http://example.com/c.png) &amp; &lt;\n\n"
                "<script>alert(1)</script>\n"_s,
                m_style);
    const QString text = document.toPlainText();
    QVERIFY2(text.contains(u"<b>x</b> <img src="_s), qPrintable(text));
    QVERIFY2(text.contains(u"a cat & <"_s), qPrintable(text));
    QVERIFY2(text.contains(u"<script>alert(1)</script>"_s), qPrintable(text));
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
      for (auto it = block.begin(); !it.atEnd(); ++it) QVERIFY(!it.fragment().charFormat().isImageFormat());
    }
  }

  void laysOutClosedPiecesOnce() {
    MessageText text(MessageText::Format::Markdown);
    text.resize(600, 400);
    for (int i = 0; i < 50; ++i) {
      text.append(u"Paragraph %1 with words.\n\n"_s.arg(i));
      text.heightFor(600);
    }
    QCOMPARE(text.pieceCount(), 50);
    const int before = text.layoutCount();
    for (int i = 0; i < 10; ++i) {
      text.append(u"word "_s);
      text.heightFor(600);
    }
    // The tail each time; the last closed paragraph once, when the text after it closed it.
    QVERIFY2(text.layoutCount() - before <= 12, qPrintable(QString::number(text.layoutCount() - before)));
  }

  void strangeTextIsShownInReasonableTime_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("deep quotes") << u">"_s.repeated(3000) + u" x"_s;
    QTest::newRow("deep lists") << u"- "_s.repeated(1000) + u"x"_s;
    QTest::newRow("open brackets") << u"["_s.repeated(20000);
    QTest::newRow("open stars") << u"*a **b "_s.repeated(3000);
    QTest::newRow("backticks") << u"` `` ``` "_s.repeated(2000);
    QTest::newRow("wide table") << u"|a"_s.repeated(2000) + u"|\n"_s + u"|-"_s.repeated(2000) + u"|\n"_s +
                                       u"|1|\n"_s.repeated(500);
    QTest::newRow("links") << u"[a](b "_s.repeated(5000);
    QTest::newRow("dollars") << u"$a "_s.repeated(10000);
    QTest::newRow("formulas") << u"$\\frac{1}{2}$ "_s.repeated(2000);
    QTest::newRow("entities") << u"&amp;"_s.repeated(5000);
    QTest::newRow("right to left") << u"\u202e\u2066abc "_s.repeated(2000);
    QTest::newRow("no spaces") << u"x"_s.repeated(50000);
    QTest::newRow("zeros") << QString(5000, QChar(0));
  }
  void strangeTextIsShownInReasonableTime() {
    QFETCH(QString, text);
    MessageText shown(MessageText::Format::Markdown);
    QElapsedTimer timer;
    timer.start();
    shown.append(text);
    shown.finish();
    shown.resize(700, shown.heightFor(700));
    qInfo("%lld ms, %d high", static_cast<long long>(timer.elapsed()), shown.height());
    QVERIFY(shown.source() == text);
    QVERIFY(timer.elapsed() < 5000);  // not for ever
  }

  void copiesWhatWasSelectedAcrossPieces() {
    MessageText text(MessageText::Format::Markdown);
    text.append(u"One **bold**.\n\n```\ncode\n```\n\nTwo."_s);
    text.finish();
    text.resize(600, text.heightFor(600));
    QTest::keyClick(&text, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(text.selectedText(), u"One bold.\n\ncode\n\nTwo."_s);
  }
};

QTEST_MAIN(MarkdownTest)
#include "markdown_test.moc"
