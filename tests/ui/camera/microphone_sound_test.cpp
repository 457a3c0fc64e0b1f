// A clip's sound from a real sound system: what is spoken into the air while it is recorded is in the file.
#include "ui/camera/microphone_sound.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <numbers>

#include "media/decode/file_decoder.h"
#include "tests/media/audio/sound_server.h"
#include "ui/camera/clip_recorder.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

class MicrophoneSoundTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    const QString why = m_server.start();
    if (!why.isEmpty()) QSKIP(qPrintable(why));
  }

  void withoutAMicrophoneItFails() {
    MicrophoneSound sound;
    QSignalSpy failed(&sound, &ClipSound::failed);
    sound.start();
    QVERIFY(failed.wait());
    sound.stop();
    m_server.addMicrophone();
  }

  void whatIsSpokenIsInTheClip() {
    MicrophoneSound sound;
    ClipRecorder recorder(&sound);
    QTemporaryDir folder;
    QSignalSpy finished(&recorder, &ClipRecorder::finished);
    const auto picture = std::make_shared<const RgbImage>(RgbImage{64, 64, std::vector<std::uint8_t>(64 * 64 * 3, 90)});
    recorder.start(folder.filePath(u"clip.mp4"_s));
    recorder.add(picture);
    QTRY_VERIFY(recorder.isRecording());
    QVERIFY(recorder.hasSound());
    AudioClip tone{.samples = std::vector<float>(16000)};
    for (std::size_t i = 0; i < tone.samples.size(); ++i) {
      tone.samples[i] =
          0.4F * static_cast<float>(std::sin(2 * std::numbers::pi * 600 * static_cast<double>(i) / 16000));
    }
    m_server.speak(tone);
    for (int i = 0; i < 40; ++i) {
      recorder.add(picture);
      QTest::qWait(50);
    }
    recorder.stop();
    QVERIFY(finished.wait());
    const auto heard = media::FileDecoder().decodeSound(folder.filePath(u"clip.mp4"_s).toStdString());
    QVERIFY2(heard, heard ? "" : heard.error().message.c_str());
    QVERIFY2(std::abs(heard->seconds() - 2) < 0.5, qPrintable(QString::number(heard->seconds())));
    double sine = 0, cosine = 0;
    for (std::size_t i = 0; i < heard->samples.size(); ++i) {
      const double phase = 2 * std::numbers::pi * 600 * static_cast<double>(i) / 16000;
      sine += std::sin(phase) * static_cast<double>(heard->samples[i]);
      cosine += std::cos(phase) * static_cast<double>(heard->samples[i]);
    }
    const double seconds = 2 * std::hypot(sine, cosine) / 16000 / 0.4;  // how long the tone is heard, at its loudness
    QVERIFY2(seconds > 0.5, qPrintable(QString::number(seconds)));
  }

  void nothingIsHeardAfterStop() {
    MicrophoneSound sound;
    QSignalSpy heard(&sound, &ClipSound::heard);
    sound.start();
    QVERIFY(heard.wait());
    sound.stop();
    const auto until = heard.size();
    QTest::qWait(200);
    QCOMPARE(heard.size(), until);
  }

 private:
  tests::SoundServer m_server;
};

QTEST_GUILESS_MAIN(MicrophoneSoundTest)
#include "microphone_sound_test.moc"
