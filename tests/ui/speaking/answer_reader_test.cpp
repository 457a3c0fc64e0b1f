// An answer read aloud while it is written: which sentences, in which order, when, and where they stand in what is
// seen.
#include "ui/speaking/answer_reader.h"

#include <QSignalSpy>
#include <QTest>

#include "tests/ui/support/scripted_voice.h"
#include "ui/chat/message_text.h"
#include "ui/widgets/theme.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using Hold = AnswerReader::Hold;

class AnswerReaderTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_voice = std::make_unique<tests::ScriptedVoice>();
    m_reader = std::make_unique<AnswerReader>(*m_voice);
    m_reader->setInterfaceLanguage(QLocale::English);
  }
  void cleanup() {
    m_reader.reset();
    m_voice.reset();
  }

  void markdownIsReadAsItIsSeen_data() {
    QTest::addColumn<QString>("markdown");
    QTest::addColumn<QStringList>("said");
    const auto row = [](const char* name, const QString& markdown, const QStringList& said) {
      QTest::newRow(name) << markdown << said;
    };
    row("heading and words", u"# Birds\n\n**Herons** wait in `reeds`. They *eat* fish."_s,
        {u"Birds"_s, u"Herons wait in reeds."_s, u"They eat fish."_s});
    row("list", u"- one\n- two. Three\n- four"_s, {u"one"_s, u"two."_s, u"Three"_s, u"four"_s});
    row("numbers", u"1. Wash it\n2. Dry it\n"_s, {u"1. Wash it"_s, u"2. Dry it"_s});
    row("numbers from three", u"3. Wash it\n4. Dry it\n"_s, {u"3. Wash it"_s, u"4. Dry it"_s});
    row("code", u"Look:\n\n```py\nprint(1)\n# a. B\n```\n\nDone."_s, {u"Look:"_s, u"Code block."_s, u"Done."_s});
    row("two codes", u"```\na\n```\n\n```\nb\n```\n"_s, {u"Code block."_s, u"Code block."_s});
    row("code in a list", u"- Run this:\n\n  ```\n  make\n  ```\n- Then go."_s,
        {u"Run this:"_s, u"Code block."_s, u"Then go."_s});
    row("table", u"See:\n\n| a | b |\n|---|---|\n| 1. X | 2 |\n\nDone."_s, {u"See:"_s, u"Table."_s, u"Done."_s});
    row("link", u"Read [the manual](https://example.org/x). Or https://a.org/b?c now."_s,
        {u"Read the manual."_s, u"Or a.org now."_s});
    row("formula", u"Here $x^2 \\le 4$ holds."_s, {u"Here x squared is at most 4 holds."_s});
    row("emoji", u"Well done 🎉. 👍\n\nNext."_s, {u"Well done ."_s, u"Next."_s});
    row("quote", u"> It waits. It eats.\n\nYes."_s, {u"It waits."_s, u"It eats."_s, u"Yes."_s});
    row("unclosed mark", u"2 * 3 * 4 is 24. So it is."_s, {u"2 3 4 is 24."_s, u"So it is."_s});
    row("Chinese", u"**鹭**站在水里。它在等。"_s, {u"鹭站在水里。"_s, u"它在等。"_s});
    row("nothing", u"---\n\n🎉\n"_s, {});
  }
  // However it is cut into pieces, and read at once, it is the same.
  void markdownIsReadAsItIsSeen() {
    QFETCH(QString, markdown);
    QFETCH(QStringList, said);
    for (const qsizetype step : {markdown.size(), qsizetype(1), qsizetype(3), qsizetype(7)}) {
      m_voice->said.clear();
      m_reader->begin();
      for (qsizetype at = 0; at < markdown.size(); at += step) {
        m_reader->append(markdown.mid(at, step));
        m_voice->finishAll();
      }
      m_reader->finish();
      m_voice->finishAll();
      QCOMPARE(m_voice->said, said);
      QVERIFY(!m_reader->isReading());
    }
  }

  void whatIsMarkedIsWhatIsSaid() {
    const QString markdown =
        u"# On *herons*\n\nA **grey heron** waits. It strikes [fast](http://a.b/c). \n\n1. Wash it. Well.\n2. Dry "
        u"it\n\n"
        "```py\nx = 1\n```\n\n| a | b |\n|---|---|\n| c1 | d2 |\n\n> Quoted. Twice.\n\nLast $x^2$ one. And end"_s;
    MessageText text(MessageText::Format::Markdown);
    text.resize(500, 400);
    connect(m_reader.get(), &AnswerReader::marked, &text, &MessageText::mark);
    QStringList marked;
    connect(m_reader.get(), &AnswerReader::marked, &text, [&] {
      if (!text.markedText().isEmpty()) marked << text.markedText().simplified();
    });
    m_reader->begin();
    for (qsizetype at = 0; at < markdown.size(); at += 5) {
      text.append(markdown.mid(at, 5));
      m_reader->append(markdown.mid(at, 5));
    }
    text.finish();
    m_reader->finish();
    m_voice->finishAll();
    QCOMPARE(marked.filter(u"waits"_s), QStringList{u"A grey heron waits."_s});
    QCOMPARE(marked, (QStringList{u"On herons"_s, u"A grey heron waits."_s, u"It strikes fast."_s, u"Wash it."_s,
                                  u"Well."_s, u"Dry it"_s, u"x = 1"_s, u"a b c1 d2"_s, u"Quoted."_s, u"Twice."_s,
                                  u"Last x² one."_s, u"And end"_s}));
  }

  void markingLaysNothingOut() {
    MessageText text(MessageText::Format::Markdown);
    text.resize(400, 400);
    text.append(u"One sentence here. Another one.\n\nA second paragraph. With two.\n\nThe tail goes on"_s);
    text.heightFor(400);
    const int before = text.layoutCount();
    text.mark(0, 15);
    QCOMPARE(text.markedText(), u"One sentence here."_s);
    const QRect first = text.markedArea();
    text.mark(26, 42);
    QVERIFY(text.markedArea().top() > first.top());
    QCOMPARE(text.layoutCount(), before);
    text.append(u" and on"_s);
    QCOMPARE(text.layoutCount(), before + 1);  // the tail alone
    QVERIFY(!text.markedText().isEmpty());
    text.mark(0, 0);
    QVERIFY(text.markedText().isEmpty() && text.markedArea().isEmpty());
  }

  void readingBeginsWithTheFirstWholeSentence() {
    m_reader->begin();
    m_reader->append(u"A her"_s);
    m_reader->append(u"on waits. "_s);
    QVERIFY(m_voice->said.isEmpty());
    m_reader->append(u"Th"_s);
    QCOMPARE(m_voice->said, QStringList{u"A heron waits."_s});
    m_reader->append(u"en it strikes. And"_s);
    QCOMPARE(m_voice->said.size(), 1);  // one after the other
    m_voice->finishSentence();
    QCOMPARE(m_voice->said.last(), u"Then it strikes."_s);
    m_voice->finishSentence();
    QVERIFY(m_reader->isReading() && !m_reader->isSpeaking());
    m_reader->append(u" eats"_s);
    m_reader->finish();
    QCOMPARE(m_voice->said.last(), u"And eats"_s);
    QSignalSpy ended(m_reader.get(), &AnswerReader::ended);
    m_voice->finishSentence();
    QCOMPARE(ended.size(), 1);
  }

  void eachSentenceIsReadInItsLanguage() {
    m_reader->setInterfaceLanguage(QLocale::Chinese);
    m_reader->begin(u"鹭在等。 The heron is waiting. OK. Der Reiher wartet und frisst. \n\n```\nx\n```\n"_s);
    m_reader->finish();
    m_voice->finishAll();
    QCOMPARE(m_voice->languages, (QList<QLocale::Language>{QLocale::Chinese, QLocale::English, QLocale::English,
                                                           QLocale::German, QLocale::Chinese}));
  }

  void skipGoesToTheNextSentence() {
    m_reader->begin(u"One is here. Two is here. Three"_s);
    QCOMPARE(m_voice->said.last(), u"One is here."_s);
    m_reader->skip();
    QCOMPARE(m_voice->said.last(), u"Two is here."_s);
    m_reader->skip();
    QVERIFY(m_reader->isReading() && !m_voice->isSaying);  // the next is not written yet
    m_reader->append(u" is here. Four"_s);
    QCOMPARE(m_voice->said.last(), u"Three is here."_s);
    m_reader->finish();
    m_reader->skip();
    m_reader->skip();
    QVERIFY(!m_reader->isReading());
  }

  void pausingHoldsAtOnceAndNothingNewBegins() {
    m_reader->begin(u"One is here. Two is here. "_s);
    m_reader->hold(Hold::Person);
    QVERIFY(m_voice->isPaused);
    m_reader->append(u"Three is here. F"_s);
    QCOMPARE(m_voice->said.size(), 1);
    m_reader->release(Hold::Person);
    QVERIFY(m_voice->isHeard());
    m_voice->finishSentence();
    QCOMPARE(m_voice->said.last(), u"Two is here."_s);
  }

  void itGoesOnWhenNobodyHoldsItAnyMore() {
    m_reader->begin(u"One is here. Two is here. "_s);
    m_reader->hold(Hold::Listener);
    m_reader->hold(Hold::Person);
    m_reader->release(Hold::Listener);
    QVERIFY(!m_voice->isHeard());
    m_reader->release(Hold::Person);
    QVERIFY(m_voice->isHeard());
    QCOMPARE(m_voice->pauses, 1);
    QCOMPARE(m_voice->resumes, 1);
  }

  void aHoldBeforeTheFirstSentenceHoldsItToo() {
    m_reader->begin();
    m_reader->hold(Hold::Listener);
    m_reader->append(u"One is here. T"_s);
    QVERIFY(m_voice->said.isEmpty());
    m_reader->release(Hold::Listener);
    QCOMPARE(m_voice->said.size(), 1);
  }

  void stopEndsItAndWhatComesLaterIsNotRead() {
    m_reader->begin(u"One is here. Two is here. T"_s);
    QSignalSpy ended(m_reader.get(), &AnswerReader::ended);
    m_reader->stop();
    QVERIFY(!m_voice->isSaying);
    QCOMPARE(ended.size(), 1);
    m_reader->append(u"hree is here. F"_s);
    m_reader->finish();
    QCOMPARE(m_voice->said.size(), 1);
  }

  void readingFromHereLeavesOutWhatStandsThere() {
    m_reader->begin(u"One is here. Two is not y"_s, AnswerReader::From::Here);
    m_reader->append(u"et. Three is. "_s);
    m_reader->finish();
    m_voice->finishAll();
    QCOMPARE(m_voice->said, (QStringList{u"et."_s, u"Three is."_s}));
  }

  void aVoiceThatFailsEndsItWithItsSentence() {
    m_reader->begin(u"One is here. Two is here. T"_s);
    QSignalSpy failed(m_reader.get(), &AnswerReader::failed);
    m_voice->fail(u"No loudspeakers."_s);
    QCOMPARE(failed.size(), 1);
    QVERIFY(!m_reader->isReading());
    QCOMPARE(m_voice->said.size(), 1);
  }

  // Fifty thousand tokens: the end costs what the beginning did.
  void aLongAnswerCostsTheSameAllAlong() {
    const auto thousand = [this](int from) {
      QElapsedTimer timer;
      timer.start();
      for (int i = from; i < from + 1000; ++i) {
        m_reader->append(i % 12 == 0 ? u". Heron"_s : u" heron"_s);
        if (i % 400 == 0) m_reader->append(u"\n\n"_s);
      }
      return static_cast<double>(timer.nsecsElapsed()) / 1e6;
    };
    m_reader->begin();
    double first = 1e9, last = 1e9;
    for (int i = 0; i < 3; ++i) first = std::min(first, thousand(i * 1000));
    for (int i = 3; i < 47; ++i) thousand(i * 1000);
    for (int i = 47; i < 50; ++i) last = std::min(last, thousand(i * 1000));
    qInfo("a thousand tokens: %.1f ms at the beginning, %.1f ms at the end", first, last);
    QVERIFY2(last < 3 * first + 5, qPrintable(QString::number(last / first)));
  }

 private:
  std::unique_ptr<tests::ScriptedVoice> m_voice;
  std::unique_ptr<AnswerReader> m_reader;
};

QTEST_MAIN(AnswerReaderTest)
#include "answer_reader_test.moc"
