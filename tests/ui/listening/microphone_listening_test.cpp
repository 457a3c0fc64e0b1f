// The program's listening from the sound system to the utterance: real sound in real time, on a sound server of the
// test's own.
#include "ui/listening/microphone_listening.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>

#include "tests/media/audio/sound_server.h"
#include "tests/ui/listening/listening_support.h"

using namespace xllm;
using namespace xllm::tests;

namespace {

const ListenSettings kPlain{.cancelsEcho = false};

}  // namespace

class MicrophoneListeningTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    m_weights = part("silero_vad_16k.safetensors");
    const QString why = startListening(m_server, m_weights);
    if (!why.isEmpty()) QSKIP(qPrintable(why));
  }

  void withoutAMicrophoneASentenceSaysSo() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    listening.start(ListenMode::HandsFree, kPlain);
    QTRY_COMPARE(watched.closed.count(), 1);
    QCOMPARE(watched.troubled.count(), 1);
    QCOMPARE(watched.trouble(), ListenTrouble::NoDevice);
    QVERIFY(!watched.troubled[0][1].toString().isEmpty());
    QVERIFY(!listening.isOpen());
    QCOMPARE(watched.opened.count(), 0);
    m_server.addMicrophone();
  }

  void handsFreeNeedsADetector() {
    MicrophoneListening listening;
    Watched watched(listening);
    listening.start(ListenMode::HandsFree, kPlain);
    QTRY_COMPARE(watched.closed.count(), 1);
    QCOMPARE(watched.trouble(), ListenTrouble::NoDetector);
    listening.setDetectorWeights(m_weights);
    listening.start(ListenMode::HandsFree, kPlain);
    QTRY_VERIFY(listening.isOpen());
    listening.stop();
    QTRY_VERIFY(!listening.isOpen());
    QCOMPARE(watched.troubled.count(), 1);
    QCOMPARE(watched.nothing.count(), 0);
  }

  void twoUtterancesArriveOneAfterTheOther() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    const AudioClip first = spoken("vm-msgsaved.flac"), second = spoken("conf-onlyperson.flac");
    openAndSettle(listening, watched, ListenMode::HandsFree, kPlain);
    m_server.speak(join({first, silence(1.5), second, silence(0.5)}));
    QTRY_COMPARE_WITH_TIMEOUT(watched.sounds.size(), 2, 15'000);
    compare(watched.sounds[0], first);
    compare(watched.sounds[1], second);
    QCOMPARE(watched.began.count(), 2);
    QVERIFY(watched.grew.count() >= 3);
    // To compute ahead: the same buffer, before the delay is over.
    QCOMPARE(watched.silent.last()[0].value<Sound>(), watched.sounds[1]);
    QVERIFY(watched.loudest > -20);
    QVERIFY(listening.isOpen());
    listening.stop();
    QTRY_VERIFY(!listening.isOpen());
    QCOMPARE(watched.troubled.count(), 0);
    QCOMPARE(listening.samplesLost(), quint64{0});
  }

  void aHeldRecordingIsTrimmedAndAClickedOneEndsByItself() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    const AudioClip said = spoken("vm-msgsaved.flac");
    openAndSettle(listening, watched, ListenMode::HoldToTalk, kPlain);
    m_server.speak(said);
    m_server.wait();
    QTest::qWait(1500);
    QCOMPARE(watched.sounds.size(), 0);
    listening.stop();
    QTRY_COMPARE(watched.closed.count(), 1);
    QCOMPARE(watched.sounds.size(), 1);
    compare(watched.sounds[0], said);

    openAndSettle(listening, watched, ListenMode::ClickToTalk, kPlain);
    m_server.speak(said);
    QTRY_COMPARE_WITH_TIMEOUT(watched.closed.count(), 2, 10'000);
    QCOMPARE(watched.sounds.size(), 2);
    compare(watched.sounds[1], said);
  }

  void whatIsDroppedOrNeverSaidIsNotHeard() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    openAndSettle(listening, watched, ListenMode::HoldToTalk, kPlain);
    m_server.speak(spoken("vm-msgsaved.flac"));
    QTRY_COMPARE(watched.began.count(), 1);
    listening.drop();
    QTRY_COMPARE(watched.closed.count(), 1);
    m_server.wait();
    QCOMPARE(watched.sounds.size(), 0);
    QCOMPARE(watched.nothing.count(), 0);
    openAndSettle(listening, watched, ListenMode::HoldToTalk, kPlain);
    QTest::qWait(500);
    listening.stop();
    QTRY_COMPARE(watched.closed.count(), 2);
    QCOMPARE(watched.nothing.count(), 1);
    QCOMPARE(watched.sounds.size(), 0);
  }

  void aMutedMicrophoneHearsAndShowsNothing() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    openAndSettle(listening, watched, ListenMode::HandsFree, kPlain);
    listening.setMuted(true);
    QVERIFY(listening.isMuted());
    QTest::qWait(200);
    watched.loudest = -90;
    watched.levels = 0;
    m_server.speak(spoken("vm-msgsaved.flac"));
    m_server.wait();
    QTest::qWait(1500);
    QVERIFY(listening.isOpen());
    QCOMPARE(watched.loudest, -90.0);
    QVERIFY2(watched.levels > 30, qPrintable(QString::number(watched.levels)));  // and it is shown
    QCOMPARE(watched.began.count(), 0);
    QCOMPARE(watched.sounds.size(), 0);
    listening.setMuted(false);
    const AudioClip said = spoken("conf-onlyperson.flac");
    m_server.speak(said);
    QTRY_COMPARE_WITH_TIMEOUT(watched.sounds.size(), 1, 10'000);
    compare(watched.sounds[0], said);
  }

  void aMicrophoneThatIsPulledOutIsTold() {
    m_server.addMicrophone(QStringLiteral("second"));
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    openAndSettle(listening, watched, ListenMode::HoldToTalk, {.device = "second", .cancelsEcho = false});
    const AudioClip said = spoken("vm-msgsaved.flac");
    m_server.speak(said);
    m_server.wait();
    QTest::qWait(300);
    m_server.removeMicrophone(QStringLiteral("second"));
    QTRY_COMPARE(watched.closed.count(), 1);
    QCOMPARE(watched.trouble(), ListenTrouble::Unplugged);
    QVERIFY(!listening.isOpen());
    QCOMPARE(watched.sounds.size(), 1);  // what was said until then is not lost
    compare(watched.sounds[0], said);
    openAndSettle(listening, watched, ListenMode::HandsFree,
                  {.device = "second", .cancelsEcho = false});  // the default
    m_server.speak(said);
    QTRY_COMPARE_WITH_TIMEOUT(watched.sounds.size(), 2, 10'000);
  }

  void anotherDeviceIsOpenedInPlaceOfTheFirst() {
    m_server.addMicrophone(QStringLiteral("second"), QStringLiteral("rate=44100 channels=1"));
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    const AudioClip said = spoken("vm-msgsaved.flac");
    openAndSettle(listening, watched, ListenMode::HandsFree, {.device = "microphone", .cancelsEcho = false});
    listening.start(ListenMode::HandsFree, {.device = "second", .cancelsEcho = false});
    QTRY_COMPARE(watched.opened.count(), 2);
    QCOMPARE(watched.closed.count(), 0);
    QTest::qWait(500);
    m_server.speak(said);
    QTRY_COMPARE_WITH_TIMEOUT(watched.sounds.size(), 1, 10'000);
    compare(watched.sounds[0], said);
    // A new delay alone opens nothing.
    listening.start(ListenMode::HandsFree, {.device = "second", .endDelaySeconds = 1.5, .cancelsEcho = false});
    QTest::qWait(300);
    QCOMPARE(watched.opened.count(), 2);
    listening.drop();
    QTRY_COMPARE(watched.closed.count(), 1);
    m_server.removeMicrophone(QStringLiteral("second"));
  }

  void theGuiThreadNeverWaits() {
    qint64 longest = 0;
    QElapsedTimer timer;
    const auto timed = [&](auto&& call) {
      timer.start();
      call();
      longest = std::max(longest, timer.elapsed());
    };
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    for (int i = 0; i < 5; ++i) {
      timed([&] { listening.start(ListenMode::HandsFree, {}); });
      timed([&] { listening.setMuted(i % 2 == 0); });
      if (i > 2) QTRY_VERIFY(listening.isOpen());
      timed([&] { i % 2 == 0 ? listening.stop() : listening.drop(); });
    }
    QTRY_VERIFY(!listening.isOpen());
    QVERIFY2(longest < 20, qPrintable(QString::number(longest)));
  }

  void goingWhileSomebodySpeaksIsQuiet() {
    {
      MicrophoneListening listening(m_weights);
      Watched watched(listening);
      openAndSettle(listening, watched, ListenMode::HandsFree, {});
      m_server.speak(spoken("vm-msgsaved.flac"));
      QTRY_COMPARE(watched.began.count(), 1);
    }
    m_server.wait();
  }

 private:
  std::filesystem::path m_weights;
  SoundServer m_server;
};

QTEST_GUILESS_MAIN(MicrophoneListeningTest)
#include "microphone_listening_test.moc"
