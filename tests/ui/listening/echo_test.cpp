// The echo of what this computer plays, in a room of a sound server's: it is no speech, and who speaks meanwhile is
// heard.
#include <QSignalSpy>
#include <QTest>

#include "tests/media/audio/sound_server.h"
#include "tests/ui/listening/listening_support.h"

using namespace xllm;
using namespace xllm::tests;

class EchoTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    m_weights = part("silero_vad_16k.safetensors");
    const QString why = startListening(m_server, m_weights);
    if (!why.isEmpty()) QSKIP(qPrintable(why));
    m_server.addMicrophone();
    m_server.addRoom(80, 0.5);
  }

  void cleanup() { m_server.wait(); }  // also of a test that failed

  void whatIsPlayedAloudIsNoSpeechWhenItsEchoIsTakenOut() {
    const AudioClip answer = join({spoken("conf-now-recording.flac"), spoken("vm-nobodyavail.flac")});
    for (const bool cancels : {false, true}) {
      MicrophoneListening listening(m_weights);
      Watched watched(listening);
      openAndSettle(listening, watched, ListenMode::HandsFree, {.cancelsEcho = cancels});
      QCOMPARE(listening.cancelsEcho(), cancels);
      m_server.playAloud(answer);
      m_server.wait();
      QTest::qWait(1500);
      QVERIFY(watched.loudest > -25);  // the echo was there
      QCOMPARE(watched.began.count() > 0, !cancels);
      QCOMPARE(watched.sounds.size() > 0, !cancels);
    }
  }

  void whoSpeaksWhileSomethingIsPlayedIsHeard() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    const AudioClip answer = join({spoken("conf-now-recording.flac"), spoken("vm-nobodyavail.flac"),
                                   spoken("conf-onlyperson.flac"), spoken("check-number-dial-again.flac")});
    const AudioClip said = spoken("tt-monkeysintro.flac");
    openAndSettle(listening, watched, ListenMode::HandsFree, {});
    m_server.playAloud(answer);
    QTest::qWait(4000);
    QCOMPARE(watched.began.count(), 0);
    m_server.speak(said);
    QTRY_COMPARE_WITH_TIMEOUT(watched.sounds.size(), 1, 12'000);
    m_server.wait();
    // As the canceller leaves it: soft beginnings may be lost. Who reads aloud pauses when speech begins.
    compare(watched.sounds[0], said, 0.4, 0.8, said.seconds() / 2);
  }

  void withEchoCancellationWhatIsSaidStaysWhole() {
    MicrophoneListening listening(m_weights);
    Watched watched(listening);
    const AudioClip said = spoken("conf-onlyperson.flac");
    openAndSettle(listening, watched, ListenMode::HandsFree, {});
    m_server.speak(said);
    QTRY_COMPARE_WITH_TIMEOUT(watched.sounds.size(), 1, 10'000);
    compare(watched.sounds[0], said, 0.85);
  }

 private:
  std::filesystem::path m_weights;
  SoundServer m_server;
};

QTEST_GUILESS_MAIN(EchoTest)
#include "echo_test.moc"
