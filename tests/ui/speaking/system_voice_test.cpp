// A real voice of this computer, through a sound server of the test's own: what comes out of the loudspeakers, and
// when.
#include "ui/speaking/system_voice.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "tests/media/audio/sound_server.h"
#include "tests/ui/support/heartbeat.h"
#include "ui/speaking/answer_reader.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;

namespace {

const QString kLong =
    u"The heron stands in the reeds and waits for a long time, until a fish comes along and is caught."_s;

// What the loudspeakers play.
class Ear final {
 public:
  Ear() {
    m_recorder.start(u"parec"_s, {u"--device=speakers.monitor"_s, u"--raw"_s, u"--format=s16le"_s, u"--rate=16000"_s,
                                  u"--channels=1"_s, u"--latency-msec=20"_s});
    m_recorder.waitForStarted();
  }
  ~Ear() {
    m_recorder.kill();
    m_recorder.waitForFinished();
  }
  // Loudness of the last tenth of a second, 0 … 1.
  double loudness() {
    m_heard += m_recorder.readAllStandardOutput();
    constexpr qsizetype kBytes = 3200;
    const auto* samples =
        reinterpret_cast<const qint16*>(m_heard.constData() + std::max<qsizetype>(m_heard.size() / 2 * 2 - kBytes, 0));
    const qsizetype count = std::min<qsizetype>(m_heard.size() / 2, kBytes / 2);
    double sum = 0;
    for (qsizetype i = 0; i < count; ++i) sum += std::pow(samples[i] / 32768.0, 2);
    return count > 0 ? std::sqrt(sum / static_cast<double>(count)) : 0;
  }
  bool hears() { return loudness() > 0.005; }

 private:
  QProcess m_recorder;
  QByteArray m_heard;
};

}  // namespace

class SystemVoiceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    const QString why = m_server.start();
    if (!why.isEmpty()) QSKIP(qPrintable(why));
    m_voice = std::make_unique<SystemVoice>();
    QVERIFY(m_voice->canSpeak());  // nobody looked
    QSignalSpy found(m_voice.get(), &Voice::offersChanged);
    m_voice->wake();
    QTRY_COMPARE_WITH_TIMEOUT(found.size(), 1, 20000);
    if (!m_voice->canSpeak()) QSKIP("This computer has no voice (qt6-speech-flite-plugin).");
  }
  void cleanup() { m_voice->stop(); }
  void cleanupTestCase() { m_voice.reset(); }

  void voicesHaveNamesAndLanguages() {
    QVERIFY(!m_voice->voices().isEmpty());
    for (const Voice::Offered& each : m_voice->voices()) QVERIFY(!each.name.isEmpty());
  }

  void aTextIsHeardAndEnds() {
    Ear ear;
    QSignalSpy began(m_voice.get(), &Voice::began), ended(m_voice.get(), &Voice::ended),
        failed(m_voice.get(), &Voice::failed);
    m_voice->say(u"The heron waits."_s, QLocale(QLocale::English));
    QTRY_VERIFY_WITH_TIMEOUT(ear.hears(), 10000);
    QCOMPARE(began.size(), 1);
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 15000);
    QCOMPARE(failed.size(), 0);
  }

  void pauseIsSilentAndResumeGoesOn() {
    Ear ear;
    QSignalSpy ended(m_voice.get(), &Voice::ended);
    m_voice->say(kLong, QLocale(QLocale::English));
    QTRY_VERIFY_WITH_TIMEOUT(ear.hears(), 10000);
    QTest::qWait(700);
    QElapsedTimer timer;
    timer.start();
    m_voice->pause();
    QTRY_VERIFY_WITH_TIMEOUT(!ear.hears(), 5000);
    qInfo("silent %lld ms after pause()", static_cast<long long>(timer.elapsed()));
    QTest::qWait(800);
    QVERIFY(!ear.hears());
    QCOMPARE(ended.size(), 0);
    m_voice->resume();
    QTRY_VERIFY_WITH_TIMEOUT(ear.hears(), 5000);
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 20000);
  }

  void stopIsSilentAndSaysNothingMore() {
    Ear ear;
    QSignalSpy ended(m_voice.get(), &Voice::ended);
    m_voice->say(kLong, QLocale(QLocale::English));
    QTRY_VERIFY_WITH_TIMEOUT(ear.hears(), 10000);
    m_voice->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!ear.hears(), 5000);
    QTest::qWait(500);
    QVERIFY(!ear.hears());
    QCOMPARE(ended.size(), 0);
  }

  // As a person does who skips, pauses and stops.
  void manyTextsOneIntoTheOther() {
    QSignalSpy ended(m_voice.get(), &Voice::ended), failed(m_voice.get(), &Voice::failed);
    for (int i = 0; i < 12; ++i) {
      m_voice->say(u"Sentence number %1 stands here and goes on."_s.arg(i), QLocale(QLocale::English));
      QTest::qWait(60 * (i % 5) + 5);
      if (i % 3 == 1) m_voice->pause();
      if (i % 4 == 2) m_voice->stop();
    }
    ended.clear();
    m_voice->say(u"The last one."_s, QLocale(QLocale::English));
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 20000);
    QCOMPARE(failed.size(), 0);
  }

  void anAnswerIsReadToItsEnd() {
    AnswerReader reader(*m_voice);
    QSignalSpy ended(&reader, &AnswerReader::ended), failed(&reader, &AnswerReader::failed);
    QSignalSpy marked(&reader, &AnswerReader::marked);
    reader.begin(u"One heron. Two storks. **Three** cranes.\n\n- four\n"_s);
    reader.finish();
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 40000);
    QVERIFY2(failed.isEmpty(), qPrintable(failed.isEmpty() ? QString() : failed[0][0].toString()));
    QCOMPARE(marked.size(), 5);  // and the end
  }

  void theGuiThreadIsNotHeldUp() {
    tests::Heartbeat heartbeat;
    m_voice->say(kLong, QLocale(QLocale::English));
    QTest::qWait(1500);
    m_voice->pause();
    QTest::qWait(200);
    m_voice->stop();
    QTest::qWait(200);
    const qint64 longest = heartbeat.longestMs();
    QVERIFY2(longest < 50, qPrintable(QString::number(longest)));
  }

  void anUnreadableLanguageIsToldAndNotGarbled() {
    const QList<Voice::Offered> voices = m_voice->voices();
    if (std::any_of(voices.begin(), voices.end(),
                    [](const Voice::Offered& each) { return each.locale.language() == QLocale::Chinese; })) {
      QSKIP("This computer has a Chinese voice.");
    }
    QSignalSpy failed(m_voice.get(), &Voice::failed);
    m_voice->say(u"鹭站在水里。"_s, QLocale(QLocale::Chinese));
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 10000);
    QVERIFY(failed[0][0].toString().contains(QLocale(QLocale::Chinese).nativeLanguageName()));
  }

 private:
  tests::SoundServer m_server;
  std::unique_ptr<SystemVoice> m_voice;
};

QTEST_MAIN(SystemVoiceTest)
#include "system_voice_test.moc"
