// Real sound, through a sound server of the test's own and Qt Multimedia.
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "media/audio/audio_devices.h"
#include "media/audio/microphone.h"
#include "media/audio/playback_tap.h"
#include "media/audio/sound_player.h"
#include "media/decode/file_decoder.h"
#include "tests/media/audio/alike.h"
#include "tests/media/audio/sound_server.h"

using namespace xllm;
using namespace xllm::media;
using tests::SoundServer;

namespace {

AudioClip spoken(const char* name) {
  return FileDecoder().decodeSound(std::filesystem::path(XLLM_TEST_DIR) / "data" / name).value();
}

// A microphone and all that it heard.
struct Ear {
  std::vector<float> heard;
  bool clipped = false;
  Microphone microphone{[this](std::span<const float> samples, bool over) {
    heard.insert(heard.end(), samples.begin(), samples.end());
    clipped |= over;
  }};
  QSignalSpy troubles{&microphone, &Microphone::troubled};
};

}  // namespace

class SoundTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    const QString why = m_server.start();
    if (!why.isEmpty()) QSKIP(qPrintable(why));
  }

  void withoutAMicrophoneASentenceSaysSo() {
    Ear ear;
    QVERIFY(!ear.microphone.open({}));
    QCOMPARE(ear.troubles.count(), 1);
    QCOMPARE(ear.troubles[0][0].value<MicrophoneTrouble>(), MicrophoneTrouble::NoDevice);
    QVERIFY(!ear.microphone.isOpen());
  }

  void devicesThatComeAndGoAreTold() {
    AudioDevices devices;
    QSignalSpy changes(&devices, &AudioDevices::changed);
    QVERIFY(!devices.known());
    QTRY_VERIFY(devices.known());
    QCOMPARE(devices.microphones().size(), 0);  // monitors are none
    QVERIFY(devices.loudspeakers().size() >= 1);
    QCOMPARE(devices.loudspeakers().first().name, QStringLiteral("Loudspeakers"));
    QVERIFY(devices.loudspeakers().first().isDefault);
    changes.clear();
    m_server.addMicrophone();
    QTRY_COMPARE(devices.microphones().size(), 1);
    QVERIFY(!changes.isEmpty());
    QCOMPARE(devices.microphones()[0].id, QByteArray("microphone"));
    m_server.addMicrophone(QStringLiteral("second"));
    QTRY_COMPARE(devices.microphones().size(), 2);
    QTRY_COMPARE(devices.microphones()[0].id, QByteArray("second"));  // the default comes first
    m_server.removeMicrophone(QStringLiteral("second"));
    QTRY_COMPARE(devices.microphones().size(), 1);
  }

  void whatIsSaidArrivesWhole_data() {
    QTest::addColumn<QString>("format");
    QTest::newRow("48 kHz stereo") << QStringLiteral("rate=48000 channels=2");
    QTest::newRow("44.1 kHz stereo") << QStringLiteral("rate=44100 channels=2");
    QTest::newRow("8 kHz") << QStringLiteral("rate=8000 channels=1 format=u8");
    QTest::newRow("96 kHz, four channels") << QStringLiteral("rate=96000 channels=4");
  }
  void whatIsSaidArrivesWhole() {
    QFETCH(QString, format);
    const QString name = QStringLiteral("odd");
    m_server.addMicrophone(name, format);
    const AudioClip said = spoken("vm-msgsaved.flac");
    Ear ear;
    QVERIFY(ear.microphone.open(name.toUtf8()));
    QCOMPARE(ear.microphone.device(), name.toUtf8());
    QTRY_VERIFY(ear.heard.size() > 8000);
    m_server.speak(said);
    const std::size_t before = ear.heard.size();
    QTRY_VERIFY_WITH_TIMEOUT(ear.heard.size() > before + said.samples.size() + 16000, 10'000);
    ear.microphone.close();
    m_server.removeMicrophone(name);
    QVERIFY(ear.troubles.isEmpty());
    const tests::Alike found = tests::findIn(ear.heard, said.samples);
    // 8 kHz of 8 bits keep the lower half of a voice.
    const double least = format.contains(QStringLiteral("rate=8000")) ? 0.9 : 0.98;
    QVERIFY2(found.correlation > least, qPrintable(QString::number(found.correlation)));
  }

  void aMicrophoneThatIsPulledOutIsTold() {
    m_server.addMicrophone(QStringLiteral("second"));
    Ear ear;
    QVERIFY(ear.microphone.open("second"));
    QTRY_VERIFY(!ear.heard.empty());
    m_server.removeMicrophone(QStringLiteral("second"));
    QTRY_COMPARE(ear.troubles.count(), 1);
    QCOMPARE(ear.troubles[0][0].value<MicrophoneTrouble>(), MicrophoneTrouble::Unplugged);
    QVERIFY(!ear.microphone.isOpen());
    QVERIFY(ear.microphone.open("second"));  // the default in its place
    QCOMPARE(ear.microphone.device(), QByteArray("microphone"));
  }

  void theTapHearsWhatIsPlayedAndFollowsTheLoudspeakers() {
    auto tap = PlaybackTap::open();
    QVERIFY2(tap.has_value(), tap ? "" : tap.error().message.c_str());
    const AudioClip played = spoken("vm-msgsaved.flac");
    QTest::qWait(2500);  // until loudspeakers that were slow for nobody are fast for the tap
    for (const QString& loudspeakers : {QStringLiteral("speakers"), QStringLiteral("mouth")}) {
      m_server.setDefaultLoudspeakers(loudspeakers);
      QTest::qWait(500);
      m_server.play(loudspeakers, played);
      std::vector<float> heard;
      std::array<float, 160> frame{};
      QElapsedTimer waited;
      waited.start();
      while (waited.elapsed() < 5000) {
        while ((*tap)->take(frame)) heard.insert(heard.end(), frame.begin(), frame.end());
        QTest::qWait(20);
      }
      const tests::Alike found = tests::findIn(heard, played.samples);
      QVERIFY2(found.correlation > 0.95,
               qPrintable(QStringLiteral("%1 of %2").arg(found.correlation).arg(loudspeakers)));
      m_server.wait();
    }
    m_server.setDefaultLoudspeakers(SoundServer::kSpeakers);
    QVERIFY(!(*tap)->lost());
  }

  void aRecordingIsPlayedPausedSoughtAndEnds() {
    m_server.addRoom(80, 1.0);
    Ear ear;
    QVERIFY(ear.microphone.open("microphone"));
    QTRY_VERIFY(ear.heard.size() > 8000);
    const auto clip = std::make_shared<const AudioClip>(spoken("conf-onlyperson.flac"));
    SoundPlayer player;
    QSignalSpy states(&player, &SoundPlayer::stateChanged), places(&player, &SoundPlayer::positionChanged);
    QSignalSpy ends(&player, &SoundPlayer::ended);
    player.play(clip);
    QCOMPARE(player.state(), SoundPlayer::State::Playing);
    QTRY_VERIFY(player.position() > 0.4);
    player.pause();
    QTest::qWait(300);
    const double paused = player.position();
    QTest::qWait(300);
    QCOMPARE(player.position(), paused);
    player.resume();
    QTRY_VERIFY(player.position() > paused + 0.2);
    player.seek(0);
    QVERIFY(player.position() < 0.05);
    const std::size_t sought = ear.heard.size();
    QElapsedTimer length;
    length.start();
    QTRY_COMPARE_WITH_TIMEOUT(ends.count(), 1, 10'000);
    QVERIFY2(length.elapsed() > clip->seconds() * 1000 - 300, qPrintable(QString::number(length.elapsed())));
    QVERIFY2(length.elapsed() < clip->seconds() * 1000 + 1500, qPrintable(QString::number(length.elapsed())));
    QCOMPARE(player.state(), SoundPlayer::State::Stopped);
    QVERIFY(places.count() > 40);
    QTest::qWait(600);  // the air
    const tests::Alike found = tests::findIn(std::span(ear.heard).subspan(sought), clip->samples);
    QVERIFY2(found.correlation > 0.95, qPrintable(QString::number(found.correlation)));
    player.play(std::make_shared<const AudioClip>());
    QCOMPARE(ends.count(), 2);
  }

  void seekingWhilePausedStaysSilentUntilResumed() {
    const auto clip = std::make_shared<const AudioClip>(spoken("conf-onlyperson.flac"));
    SoundPlayer player;
    QSignalSpy ends(&player, &SoundPlayer::ended);
    player.play(clip);
    QTRY_VERIFY(player.position() > 0.2);
    player.pause();
    player.seek(2.5);
    QTest::qWait(400);
    QCOMPARE(player.state(), SoundPlayer::State::Paused);
    QCOMPARE(player.position(), 2.5);
    QCOMPARE(ends.count(), 0);
    player.resume();
    QTRY_COMPARE(ends.count(), 1);
  }

  void aClippingMicrophoneIsTold() {
    Ear ear;
    QVERIFY(ear.microphone.open("microphone"));
    QTRY_VERIFY(ear.heard.size() > 1600);
    AudioClip loud{.sampleRateHz = 16000, .samples = std::vector<float>(8000)};
    for (std::size_t i = 0; i < loud.samples.size(); ++i) loud.samples[i] = i / 20 % 2 == 0 ? 1.0F : -1.0F;
    m_server.speak(loud);
    QTRY_VERIFY(ear.clipped);
  }

 private:
  SoundServer m_server;
};

QTEST_GUILESS_MAIN(SoundTest)
#include "sound_test.moc"
