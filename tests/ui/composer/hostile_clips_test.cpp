// Clips that are huge, broken, something else or gone, read by the real decoder: each is shown or gets its sentence
// within a second, and the window never stands still.
#include <QElapsedTimer>
#include <QFile>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/decoder_reader.h"
#include "media/isolated/isolated_decoder.h"
#include "tests/media/clips/long_clip.h"
#include "tests/ui/support/heartbeat.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/clip_shelf.h"
#include "ui/composer/composer.h"
#include "ui/composer/frame_strip.h"
#include "ui/composer/prompt_edit.h"
#include "ui/widgets/inline_message.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Heartbeat;

namespace {

constexpr qint64 kLongestStillMs = 50;
constexpr qint64 kSecondMs = 1000;

}  // namespace

class HostileClipsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(m_folder.isValid());
    tests::makeLongClip(m_folder.filePath(u"long.mp4"_s).toStdString());
    QVERIFY(QFile::copy(QStringLiteral(XLLM_TEST_DIR "/data/formats/grey.mp4"), m_folder.filePath(u"grey.mp4"_s)));
  }
  void init() {
    m_composer = std::make_unique<Composer>(m_reader);
    m_composer->resize(760, 420);
    m_composer->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_composer.get()));
    QTest::keyClicks(&m_composer->edit(), u"my words"_s);
  }
  void cleanup() {
    QCOMPARE(m_composer->text(), u"my words"_s);  // whatever came, nothing is lost
    m_composer.reset();
  }

  void fourHoursIn4KAreShownWithinASecond() {
    Heartbeat heart;
    QElapsedTimer since;
    since.start();
    m_composer->addFiles({m_folder.filePath(u"long.mp4"_s)});
    QTRY_COMPARE(m_composer->attachments().size(), 1);
    const qint64 shownMs = since.elapsed();
    QCOMPARE(m_composer->attachments()[0].pixels, QSize(3840, 2160));
    QVERIFY(std::abs(m_composer->attachments()[0].seconds - 4 * 3600) < 1);
    QTest::keyClick(&m_composer->edit(), Qt::Key_End);  // one can go on meanwhile
    QTRY_VERIFY_WITH_TIMEOUT(!m_composer->isReading(), 30000);
    const qint64 framesMs = since.elapsed();
    QCOMPARE(m_composer->attachments()[0].clip->frames.size(), std::size_t{8});
    ClipPanel& panel = *m_composer->clips().panel(m_composer->chips()[0]->id());
    panel.framesBox().setValue(3);
    QTest::keyClick(&panel.strip().startHandle(), Qt::Key_Right, Qt::ShiftModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!m_composer->isReading(), 30000);
    QCOMPARE(m_composer->attachments()[0].clip->frames.size(), std::size_t{3});
    const qint64 stillMs = heart.longestMs();
    qInfo("4 hours in 4K: shown after %lld ms, frames after %lld ms; the window stood still for %lld ms at most",
          static_cast<long long>(shownMs), static_cast<long long>(framesMs), static_cast<long long>(stillMs));
    QVERIFY(shownMs < kSecondMs);
    QVERIFY(heart.beats() > 10);
    QVERIFY(stillMs < kLongestStillMs);
  }

  void whatIsNoClipGetsItsSentence_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QFile whole(m_folder.filePath(u"grey.mp4"_s));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray grey = whole.readAll();
    QTest::newRow("a text") << u"text.mp4"_s << QByteArray("These are only words. ").repeated(400);
    QTest::newRow("nothing") << u"empty.mp4"_s << QByteArray();
    QTest::newRow("its beginning alone") << u"head.mp4"_s << grey.left(grey.size() / 3);
    QTest::newRow("not there") << u"gone.mp4"_s << QByteArray();
  }
  void whatIsNoClipGetsItsSentence() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    const QString path = m_folder.filePath(name);
    if (name != u"gone.mp4"_s) write(path, bytes);
    Heartbeat heart;
    QElapsedTimer since;
    since.start();
    m_composer->addFiles({path});
    QTRY_VERIFY(!m_composer->message().isHidden());
    QVERIFY2(since.elapsed() < kSecondMs, qPrintable(QString::number(since.elapsed())));
    QVERIFY2(m_composer->message().title().contains(name), qPrintable(m_composer->message().title()));
    QVERIFY(!m_composer->message().text().isEmpty());
    QCOMPARE(m_composer->chips().size(), 0);
    QVERIFY(heart.longestMs() < kLongestStillMs);
  }

  void aClipThatIsCutOffIsShownAndSaysWhatIsMissing() {
    QFile whole(m_folder.filePath(u"grey.mp4"_s));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray grey = whole.readAll();
    const QString path = m_folder.filePath(u"cut.mp4"_s);
    write(path, grey.left(grey.size() - 200));
    m_composer->addFiles({path});
    QTRY_VERIFY_WITH_TIMEOUT(m_composer->attachments().size() == 1 && !m_composer->isReading(), kSecondMs);
    QVERIFY(m_composer->attachments()[0].clip->missingSeconds > 0.3);
    ClipPanel& panel = *m_composer->clips().panel(m_composer->chips()[0]->id());
    QTRY_VERIFY(panel.note().contains(u"cannot be read"_s));
  }

  void aClipWithoutMovingPictureIsASound() {
    m_composer->addFiles({QStringLiteral(XLLM_TEST_DIR "/data/formats/tone.m4a")});
    QTRY_COMPARE_WITH_TIMEOUT(m_composer->attachments().size(), 1, kSecondMs);
    QCOMPARE(m_composer->attachments()[0].kind, MediaKind::Sound);
  }

  void aClipThatVanishesBeforeItIsReadGetsItsSentence() {
    const QString path = m_folder.filePath(u"vanishing.mp4"_s);
    QVERIFY(QFile::copy(m_folder.filePath(u"grey.mp4"_s), path));
    m_composer->addFiles({path});
    QFile::remove(path);
    // It may have been read before it went: then it is there whole.
    QTRY_VERIFY_WITH_TIMEOUT(!m_composer->isReading(), kSecondMs);
    QVERIFY(m_composer->message().isHidden() ? m_composer->attachments().size() == 1 : m_composer->chips().isEmpty());
  }

  void aClipThatVanishesAfterItWasReadKeepsItsFrames() {
    const QString path = m_folder.filePath(u"vanished.mp4"_s);
    QVERIFY(QFile::copy(m_folder.filePath(u"grey.mp4"_s), path));
    m_composer->addFiles({path});
    QTRY_VERIFY_WITH_TIMEOUT(m_composer->attachments().size() == 1 && !m_composer->isReading(), kSecondMs);
    const generation::Clip before = m_composer->attachments()[0].clip;
    QVERIFY(QFile::remove(path));
    ClipPanel& panel = *m_composer->clips().panel(m_composer->chips()[0]->id());
    panel.framesBox().setValue(2);
    QTRY_VERIFY_WITH_TIMEOUT(!m_composer->message().isHidden(), kSecondMs);
    QVERIFY(!m_composer->isReading());
    QCOMPARE(m_composer->attachments()[0].clip, before);
    QCOMPARE(panel.framesBox().value(), 8);
  }

  void goesAwayInTheMiddleOfReadingALongClip() {
    m_composer->addFiles({m_folder.filePath(u"long.mp4"_s)});
    QTRY_COMPARE(m_composer->attachments().size(), 1);
    QElapsedTimer since;
    since.start();
    m_composer = std::make_unique<Composer>(m_reader);
    QVERIFY2(since.elapsed() < kSecondMs, qPrintable(QString::number(since.elapsed())));
    QTest::keyClicks(&m_composer->edit(), u"my words"_s);
  }

 private:
  static void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
  }

  const media::IsolatedDecoder m_decoder;
  const desktop::DecoderReader m_reader{m_decoder};
  const QTemporaryDir m_folder;
  std::unique_ptr<Composer> m_composer;
};

QTEST_MAIN(HostileClipsTest)
#include "hostile_clips_test.moc"
