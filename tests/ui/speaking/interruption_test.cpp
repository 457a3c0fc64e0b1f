// Somebody speaks while the computer reads or answers: what stops it, what does not, and what becomes of what was said.
#include "ui/speaking/interruption.h"

#include <QSignalSpy>
#include <QTest>
#include <atomic>
#include <map>

#include "tests/ui/support/scripted_backend.h"
#include "tests/ui/support/scripted_listening.h"
#include "tests/ui/support/scripted_voice.h"
#include "ui/speaking/answer_reader.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::ScriptedListening;

namespace {

const QString kAnswer = u"The heron stands in the reeds and waits for a fish. It is very patient. Then it strikes."_s;

// One whose microphone may hear the loudspeakers.
class EchoingListening final : public ScriptedListening {
 public:
  bool cancels = true;
  bool cancelsEcho() const override { return cancels; }
};

}  // namespace

class InterruptionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_stage = std::make_shared<tests::Stage>();
    m_stage->transcribe = [this](const generation::Sound& sound, std::stop_token stop) -> Result<std::string> {
      while (m_slow && !stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
      ++m_transcribed;
      return wordsOf(sound->seconds());
    };
    m_slow = false;
    m_transcribed = 0;
    m_words.clear();
    m_voice = std::make_unique<tests::ScriptedVoice>();
    m_reader = std::make_unique<AnswerReader>(*m_voice);
    m_reader->setInterfaceLanguage(QLocale::English);
    m_listening = std::make_unique<EchoingListening>();
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_interruption = std::make_unique<Interruption>(*m_listening, *m_bridge, *m_reader);
    m_interruption->setHandsFree(true);
    m_listening->start(ListenMode::HandsFree, {});
    // As the window does it.
    m_stops = 0;
    connect(m_interruption.get(), &Interruption::interrupted, this, [this] {
      ++m_stops;
      m_reader->stop();
      m_interruption->setAnswering(false);
    });
    m_confirmed.clear();
    m_dismissed = 0;
    m_messages.clear();
    connect(m_interruption.get(), &Interruption::confirmed, this,
            [this](const generation::Sound& sound) { m_confirmed << sound; });
    connect(m_interruption.get(), &Interruption::dismissed, this, [this] { ++m_dismissed; });
    connect(m_listening.get(), &Listening::heard, this, [this](const generation::Sound& sound) {
      if (!m_interruption->holdsBack()) m_messages << sound;
    });
  }
  void cleanup() {
    m_slow = false;
    m_interruption.reset();
    m_bridge.reset();
    m_listening.reset();
    m_reader.reset();
    m_voice.reset();
  }

  void whatIsSaidDecides_data() {
    QTest::addColumn<QString>("partial");  // recognised while it grows
    QTest::addColumn<QString>("whole");
    QTest::addColumn<bool>("reading");
    QTest::addColumn<bool>("answering");
    QTest::addColumn<bool>("stops");
    const auto row = [](const char* name, const QString& partial, const QString& whole, bool reading, bool answering,
                        bool stops) { QTest::newRow(name) << partial << whole << reading << answering << stops; };
    row("words while reading", u"what about"_s, u"what about storks"_s, true, false, true);
    row("words while answering", u"what about"_s, u"what about storks"_s, false, true, true);
    row("words while both", u"what about"_s, u"what about storks"_s, true, true, true);
    row("words known at the end only", u""_s, u"stop"_s, true, true, true);
    row("cough", u"[cough]"_s, u"(coughing)"_s, true, true, false);
    row("noise", u""_s, u""_s, true, false, false);
    row("noise while answering", u""_s, u"Hm."_s, false, true, false);
    row("what recognisers make of noise", u"Thank you."_s, u"you"_s, true, false, false);
    row("its own words", u"stands in the reads"_s, u"the herron stands in the reads and weights"_s, true, true, false);
    row("over its own words", u"the heron"_s, u"the heron no stop it please now"_s, true, false, true);
  }
  void whatIsSaidDecides() {
    QFETCH(QString, partial);
    QFETCH(QString, whole);
    QFETCH(bool, reading);
    QFETCH(bool, answering);
    QFETCH(bool, stops);
    m_words = {{0.5, partial}, {1.0, partial}, {1.3, whole}};
    if (reading) m_reader->begin(kAnswer);
    m_interruption->setAnswering(answering);
    m_listening->speak(1.3);
    if (reading) QVERIFY(!m_voice->isHeard());  // at once
    QVERIFY(m_interruption->isDoubting());
    if (holdsWordsIn(partial)) {
      QTRY_COMPARE(m_stops, 1);  // before the utterance is over
    } else {
      QTRY_VERIFY(m_transcribed >= 1);
    }
    m_listening->pause();
    m_listening->endUtterance();
    QTRY_COMPARE(m_messages.size() + m_confirmed.size() + m_dismissed, 1);
    QCOMPARE(m_stops, stops ? 1 : 0);
    QCOMPARE(m_dismissed, stops ? 0 : 1);
    if (reading) QCOMPARE(m_voice->isHeard(), !stops);
    if (reading) QCOMPARE(m_reader->isReading(), !stops);
  }

  void nothingIsHeldBackWhileNothingIsToBeInterrupted() {
    m_words = {{1.0, u"hello there"_s}};
    m_listening->say(1.0);
    QCOMPARE(m_messages.size(), 1);
    QCOMPARE(m_stops, 0);
    QTest::qWait(20);
    QCOMPARE(m_transcribed.load(), 0);
  }

  void noWordsInTimeLetTheVoiceGoOnWhereItWas() {
    m_words = {};
    m_reader->begin(kAnswer);
    m_listening->speak(0.6);  // and then nothing more is told
    QVERIFY(!m_voice->isHeard());
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY_WITH_TIMEOUT(m_voice->isHeard(), 4000);
    QVERIFY2(timer.elapsed() > 1500 && timer.elapsed() < 2800, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(m_voice->said.size(), 1);  // the same sentence
    QCOMPARE(m_voice->resumes, 1);
    m_words = {{1.5, u"wait please"_s}};  // words may still come
    Q_EMIT m_listening->grew(ScriptedListening::sound(1.5));
    QTRY_COMPARE(m_stops, 1);
  }

  void aRecogniserThatIsStillAtItIsWaitedForOnce() {
    m_slow = true;
    m_reader->begin(kAnswer);
    m_listening->speak(0.6);
    QTest::qWait(Interruption::kDoubtMs + 300);
    QVERIFY(!m_voice->isHeard());
    QTRY_VERIFY_WITH_TIMEOUT(m_voice->isHeard(), 3000);
  }

  void wordsAndThenALongSilence() {
    m_words = {{1.0, u"tell me"_s}};
    m_reader->begin(kAnswer);
    m_listening->speak(1.2);
    QTRY_COMPARE(m_stops, 1);
    QTest::qWait(Interruption::kDoubtMs + 200);
    QVERIFY(!m_voice->isSaying);  // it stays stopped
    m_listening->endUtterance();
    QCOMPARE(m_messages.size(), 1);  // and is a message at once
    QCOMPARE(m_stops, 1);
  }

  // The first moment of an echo, before the room is known, may sound like one.
  void aMomentIsNoWord() {
    m_words = {{0.55, u"High"_s}, {0.5, u"High"_s}};
    m_reader->begin(kAnswer);
    m_listening->say(0.55);
    QTRY_COMPARE(m_dismissed, 1);
    QCOMPARE(m_stops, 0);
    QVERIFY(m_voice->isHeard());
  }

  void aSecondOneRightBehindTheFirst() {
    m_words = {{0.8, u"[cough]"_s}, {0.5, u""_s}, {0.9, u"really, why"_s}};
    m_reader->begin(kAnswer);
    m_slow = true;
    m_listening->say(0.8);  // its words are not known yet
    m_listening->speak(0.9);
    m_slow = false;
    QTRY_COMPARE(m_dismissed, 1);
    QVERIFY(!m_voice->isHeard());  // somebody speaks again
    m_listening->endUtterance();
    QTRY_COMPARE(m_confirmed.size(), 1);
    QCOMPARE(m_confirmed.last()->seconds(), 0.9);
    QCOMPARE(m_stops, 1);
  }

  void theNextAnswerIsInterruptedLikeTheFirst() {
    m_words = {{1.0, u"one more"_s}, {1.4, u"one more question"_s}};
    for (int round = 1; round <= 3; ++round) {
      m_reader->begin(kAnswer);
      m_interruption->setAnswering(true);
      m_listening->speak(1.4);
      QTRY_COMPARE(m_stops, round);
      m_listening->endUtterance();
      QCOMPARE(m_messages.size(), round);
    }
  }

  void aSentenceThatBecomesCompleteMeanwhileWaits() {
    m_reader->begin();
    m_interruption->setAnswering(true);
    m_listening->speak(0.6);
    m_reader->append(u"A heron waits. It"_s);
    QVERIFY(!m_voice->isSaying);
    m_reader->begin();  // and so does one of an answer that is read from now on
    m_reader->append(u"A stork waits. It"_s);
    QVERIFY(!m_voice->isHeard());
    QTRY_VERIFY_WITH_TIMEOUT(m_voice->isHeard(), 3000);
  }

  void stoppedByHandMeanwhile() {
    m_words = {{0.9, u"what about storks"_s}};
    m_reader->begin(kAnswer);
    m_listening->speak(0.9);
    m_reader->stop();
    QVERIFY(!m_voice->isSaying);
    m_listening->endUtterance();
    QTRY_COMPARE(m_confirmed.size() + m_messages.size(), 1);
    QVERIFY(!m_voice->isSaying);
  }

  void mutedOrClosedMeanwhileTheVoiceGoesOn() {
    m_reader->begin(kAnswer);
    m_listening->speak(0.6);
    QVERIFY(!m_voice->isHeard());
    m_listening->drop();
    QVERIFY(m_voice->isHeard());
    QVERIFY(!m_interruption->isDoubting());
    m_listening->start(ListenMode::HandsFree, {});
    m_listening->speak(0.6);
    m_listening->setMuted(true);  // nothing more is told
    QTRY_VERIFY_WITH_TIMEOUT(m_voice->isHeard(), 3000);
    QCOMPARE(m_stops, 0);
  }

  void thePersonsPauseOutlivesADoubt() {
    m_words = {{0.6, u"[cough]"_s}};
    m_reader->begin(kAnswer);
    m_reader->hold(AnswerReader::Hold::Person);
    m_listening->say(0.6);
    QTRY_COMPARE(m_dismissed, 1);
    QVERIFY(!m_voice->isHeard());
  }

  void withoutEchoCancellationNothingCountsWhileTheVoiceSpeaks() {
    m_words = {{0.5, u"what about"_s}, {0.9, u"what about storks"_s}};
    m_listening->stop();
    m_listening->cancels = false;
    m_listening->start(ListenMode::HandsFree, {});
    QCoreApplication::processEvents();
    QSignalSpy deaf(m_interruption.get(), &Interruption::deafChanged);
    m_reader->begin(kAnswer);
    QCOMPARE(deaf.takeLast().at(0).toBool(), true);
    m_listening->say(0.9);
    QVERIFY(m_voice->isHeard());
    QCOMPARE(m_dismissed, 1);
    QCOMPARE(m_messages.size(), 0);
    m_reader->stop();  // the person presses Esc
    QCOMPARE(deaf.takeLast().at(0).toBool(), false);
    m_listening->say(0.9);
    QCOMPARE(m_messages.size(), 1);
    QCOMPARE(m_stops, 0);
  }

  void aMicrophoneOpenedByHandEndsTheReadingButNotTheAnswer() {
    m_listening->stop();
    m_interruption->setHandsFree(false);
    m_reader->begin(kAnswer);
    m_listening->start(ListenMode::ClickToTalk, {});
    QTRY_VERIFY(!m_reader->isReading());
    QCOMPARE(m_stops, 0);
    m_listening->say(0.9);
    QCOMPARE(m_messages.size(), 1);
  }

  // Its last words are still in the air when it has ended.
  void theVoicesLastWordsAreNoMessage() {
    m_words = {{0.9, u"then it strikes"_s}, {0.5, u"then it"_s}};
    m_reader->begin(u"The heron waits. Then it strikes. "_s);
    m_reader->finish();
    m_voice->finishSentence();
    m_listening->speak(0.9);
    QVERIFY(!m_voice->isHeard());
    m_listening->endUtterance();
    QTRY_COMPARE(m_dismissed, 1);
    QVERIFY(m_voice->isHeard());
    QCOMPARE(m_messages.size() + m_confirmed.size(), 0);
  }

 private:
  static bool holdsWordsIn(const QString& partial) { return partial.startsWith(u"what"_s); }
  std::string wordsOf(double seconds) const {
    const auto at = m_words.find(seconds);
    return at == m_words.end() ? std::string() : at->second.toStdString();
  }

  std::shared_ptr<tests::Stage> m_stage;
  std::atomic<bool> m_slow = false;
  std::atomic<int> m_transcribed = 0;
  std::map<double, QString> m_words;  // by the seconds of the recording; set before it is spoken
  std::unique_ptr<tests::ScriptedVoice> m_voice;
  std::unique_ptr<AnswerReader> m_reader;
  std::unique_ptr<EchoingListening> m_listening;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<Interruption> m_interruption;
  int m_stops = 0, m_dismissed = 0;
  QList<generation::Sound> m_confirmed, m_messages;
};

QTEST_MAIN(InterruptionTest)
#include "interruption_test.moc"
