// Where a sentence ends, which language it is in, and what is said instead of what is written.
#include "ui/speaking/sentences.h"

#include <QTest>

#include "ui/speaking/heard_words.h"
#include "ui/speaking/language_guess.h"
#include "ui/speaking/spoken_words.h"

using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

QStringList cut(const QString& text, bool complete) {
  QStringList sentences;
  qsizetype at = 0;
  while (at < text.size()) {
    const qsizetype end = sentenceEnd(text, at, complete);
    if (end < 0) {
      sentences << u"…"_s;  // still open
      break;
    }
    sentences << text.mid(at, end - at).trimmed();
    at = end;
  }
  return sentences;
}

}  // namespace

class SentencesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void sentencesEndWhereTheyEnd_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("sentences");
    const auto row = [](const char* name, const QString& text, const QStringList& sentences) {
      QTest::newRow(name) << text << sentences;
    };
    row("two", u"A heron waits. It strikes. "_s, {u"A heron waits."_s, u"It strikes."_s});
    row("marks", u"Really? Yes! So it is."_s, {u"Really?"_s, u"Yes!"_s, u"So it is."_s});
    row("title", u"Dr. Heron and Mrs. Crane met Prof. Stork. They ate."_s,
        {u"Dr. Heron and Mrs. Crane met Prof. Stork."_s, u"They ate."_s});
    row("initials", u"J. S. Bach lived here. He wrote."_s, {u"J. S. Bach lived here."_s, u"He wrote."_s});
    row("for example", u"Birds, e.g. Herons, eat fish. Yes."_s, {u"Birds, e.g. Herons, eat fish."_s, u"Yes."_s});
    row("decimal", u"It is 3.5 m high. It grows."_s, {u"It is 3.5 m high."_s, u"It grows."_s});
    row("number at the end", u"There are 3. They fly."_s, {u"There are 3."_s, u"They fly."_s});
    row("version", u"Use Qt 6.4.2 from qt.io today. Then build."_s,
        {u"Use Qt 6.4.2 from qt.io today."_s, u"Then build."_s});
    row("unknown abbreviation", u"It weighs approx. two kilos. Yes."_s, {u"It weighs approx. two kilos."_s, u"Yes."_s});
    row("ellipsis", u"It waits ... and waits. Then it goes."_s, {u"It waits ... and waits."_s, u"Then it goes."_s});
    row("quotes", u"“It flies.” She smiled. (It did.) Good."_s,
        {u"“It flies.”"_s, u"She smiled."_s, u"(It did.)"_s, u"Good."_s});
    row("one line's list", u"1. Wash it. 2. Dry it."_s, {u"1. Wash it."_s, u"2. Dry it."_s});
    row("German date", u"Am 3. Mai kam er, z. B. mit Dr. Reiher. Dann ging er."_s,
        {u"Am 3. Mai kam er, z. B. mit Dr. Reiher."_s, u"Dann ging er."_s});
    row("Russian", u"Он жил там, т.е. у реки. Потом улетел."_s, {u"Он жил там, т.е. у реки."_s, u"Потом улетел."_s});
    row("Chinese", u"鹭站在水里。它在等吗？是的！"_s, {u"鹭站在水里。"_s, u"它在等吗？"_s, u"是的！"_s});
    row("Chinese quotes", u"他说：“好。”然后走了。"_s, {u"他说：“好。”"_s, u"然后走了。"_s});
    row("Japanese", u"サギが立っています。「待って。」と言った。"_s,
        {u"サギが立っています。"_s, u"「待って。」"_s, u"と言った。"_s});
    row("line break", u"one\u2028two"_s, {u"one"_s, u"two"_s});
    row("no mark", u"Half a sentence"_s, {u"Half a sentence"_s});
  }
  void sentencesEndWhereTheyEnd() {
    QFETCH(QString, text);
    QFETCH(QStringList, sentences);
    QCOMPARE(cut(text, true), sentences);
  }

  void whatIsWrittenIsWaitedFor_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("sentences");
    QTest::newRow("may be a decimal") << u"It is 3."_s << QStringList{u"…"_s};
    QTest::newRow("may go on") << u"It waits. "_s << QStringList{u"…"_s};
    QTest::newRow("goes on") << u"It waits. T"_s << QStringList{u"It waits."_s, u"…"_s};
    QTest::newRow("was none") << u"It is approx. t"_s << QStringList{u"…"_s};
    QTest::newRow("may close") << u"他说：“好。"_s << QStringList{u"…"_s};
    QTest::newRow("closed") << u"他说：“好。”然"_s << QStringList{u"他说：“好。”"_s, u"…"_s};
  }
  void whatIsWrittenIsWaitedFor() {
    QFETCH(QString, text);
    QFETCH(QStringList, sentences);
    QCOMPARE(cut(text, false), sentences);
  }

  void whatNeverEndsIsReadInBreaths() {
    const QStringList english = cut(u"the heron stands in the reeds, and waits "_s.repeated(40), false);
    QVERIFY(english.size() > 6);
    for (const QString& breath : english) QVERIFY2(breath.size() <= 261, qPrintable(breath));
    QVERIFY(english.first().endsWith(u','));
    const QStringList chinese = cut(u"鹭站在芦苇里，一直等着"_s.repeated(60), false);
    QVERIFY(chinese.size() > 4);
    for (const QString& breath : chinese) QVERIFY(breath.size() <= 131);
  }

  void theLanguageIsGuessed_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QLocale::Language>("context");
    QTest::addColumn<QLocale::Language>("language");
    using L = QLocale;
    const auto row = [](const char* name, const QString& text, L::Language context, L::Language language) {
      QTest::newRow(name) << text << context << language;
    };
    row("English", u"The heron stands in the water and waits."_s, L::Chinese, L::English);
    row("German", u"Der Reiher steht im Wasser und wartet."_s, L::English, L::German);
    row("German short", u"Das ist schön."_s, L::English, L::German);
    row("French", u"Le héron est dans l'eau et il attend."_s, L::English, L::French);
    row("Spanish", u"La garza está en el agua y espera."_s, L::English, L::Spanish);
    row("Spanish question", u"¿Dónde vive?"_s, L::English, L::Spanish);
    row("Russian", u"Цапля стоит в воде и ждёт."_s, L::English, L::Russian);
    row("Chinese", u"鹭站在水里等待。"_s, L::English, L::Chinese);
    row("Chinese with a name", u"这是 LibTorch 的张量。"_s, L::English, L::Chinese);
    row("Japanese", u"サギが水の中で待っています。"_s, L::Chinese, L::Japanese);
    row("Japanese without kana", u"東京都新宿区。"_s, L::Japanese, L::Japanese);
    row("Korean", u"왜가리가 물에 서 있다."_s, L::English, L::Korean);
    row("undecided: the context", u"OK."_s, L::German, L::German);
    row("undecided: no Latin context", u"OK."_s, L::Chinese, L::English);
    row("numbers only", u"42."_s, L::French, L::French);
    row("Ukrainian context", u"Чапля стоїть у воді."_s, L::Ukrainian, L::Ukrainian);
  }
  void theLanguageIsGuessed() {
    QFETCH(QString, text);
    QFETCH(QLocale::Language, context);
    QFETCH(QLocale::Language, language);
    QCOMPARE(guessLanguage(text, context), language);
  }

  void signsAndPicturesAreSaidOrLeftOut_data() {
    QTest::addColumn<QString>("written");
    QTest::addColumn<QLocale::Language>("language");
    QTest::addColumn<QString>("said");
    using L = QLocale;
    const auto row = [](const char* name, const QString& written, L::Language language, const QString& said) {
      QTest::newRow(name) << written << language << said;
    };
    row("emoji", u"Good 👍🏽 morning ☀️!"_s, L::English, u"Good morning !"_s);
    row("only emoji", u"🎉🎉"_s, L::English, QString());
    row("address", u"See https://www.example.org/a/b?c=d#e for more."_s, L::English, u"See example.org for more."_s);
    row("formula", u"E = mc² and a ≤ b."_s, L::English, u"E equals mc squared and a is at most b."_s);
    row("formula in Chinese", u"a × b = 6。"_s, L::Chinese, u"a 乘 b 等于 6。"_s);
    row("minus", u"5 - 3 = 2, but well-known stays."_s, L::English, u"5 − 3 equals 2, but well-known stays."_s);
    row("language without a table", u"a = b"_s, L::Korean, u"a = b"_s);
    row("marks", u"**bold** and `code`"_s, L::English, u"bold and code"_s);
  }
  void signsAndPicturesAreSaidOrLeftOut() {
    QFETCH(QString, written);
    QFETCH(QLocale::Language, language);
    QFETCH(QString, said);
    if (said.contains(u'−')) said.replace(u"−"_s, u"minus"_s);
    QCOMPARE(spokenWords(written, language), said);
  }

  void noiseHoldsNoWords_data() {
    QTest::addColumn<QString>("recognised");
    QTest::addColumn<bool>("words");
    for (const auto& noise :
         {u""_s, u" . "_s, u"[BLANK_AUDIO]"_s, u"(coughing)"_s, u"*sneezes*"_s, u"♪ la la ♪"_s, u"Hm."_s, u"Uh, um."_s,
          u"Thank you."_s, u"Thanks for watching!"_s, u"嗯。"_s, u"I heard nothing."_s}) {
      QTest::newRow(qPrintable(noise)) << noise << false;
    }
    for (const auto& words : {u"Stop."_s, u"No."_s, u"What about storks?"_s, u"停"_s, u"[cough] wait"_s,
                              u"Uh, what is that?"_s, u"Нет"_s, u"Thank you, but what is a crane?"_s}) {
      QTest::newRow(qPrintable(words)) << words << true;
    }
  }
  void noiseHoldsNoWords() {
    QFETCH(QString, recognised);
    QFETCH(bool, words);
    QCOMPARE(holdsWords(recognised), words);
  }

  void itsOwnWordsAreKnown_data() {
    QTest::addColumn<QString>("recognised");
    QTest::addColumn<QString>("spoken");
    QTest::addColumn<bool>("own");
    const QString spoken = u"The heron stands in the reeds and waits for a fish. It's very patient."_s;
    QTest::newRow("all") << spoken << spoken << true;
    QTest::newRow("a part") << u"stands in the reeds"_s << spoken << true;
    QTest::newRow("misheard") << u"the herron stance in the reads and weights for fish"_s << spoken << true;
    QTest::newRow("across sentences") << u"a fish its very patient"_s << spoken << true;
    QTest::newRow("a question") << u"what does it eat in winter"_s << spoken << false;
    QTest::newRow("over the voice") << u"the heron stop please tell me about storks"_s << spoken << false;
    QTest::newRow("nothing is spoken") << u"stands in the reeds"_s << QString() << false;
    QTest::newRow("Chinese") << u"站在芦苇里等"_s << u"鹭站在芦苇里，一直等着鱼。"_s << true;
    QTest::newRow("Chinese question") << u"它冬天吃什么"_s << u"鹭站在芦苇里，一直等着鱼。"_s << false;
  }
  void itsOwnWordsAreKnown() {
    QFETCH(QString, recognised);
    QFETCH(QString, spoken);
    QFETCH(bool, own);
    QCOMPARE(areSpokenWords(recognised, spoken), own);
  }
};

QTEST_GUILESS_MAIN(SentencesTest)
#include "sentences_test.moc"
