// Files that mean harm, or just are not what they seem, dropped onto the window with the real decoder behind it: each
// gets its sentence within a second, the window answers all the while, and the draft stays.
#include <sys/stat.h>

#include <QDragEnterEvent>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <QtEndian>

#include "app/desktop/decoder_reader.h"
#include "media/isolated/isolated_decoder.h"
#include "tests/ui/support/heartbeat.h"
#include "tests/ui/support/scripted_backend.h"
#include "ui/composer/attachment_chip.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/viewer/media_viewer.h"
#include "ui/widgets/inline_message.h"
#include "ui/window/insight.h"
#include "ui/window/main_window.h"

using namespace xllm;
using namespace xllm::ui;
using namespace Qt::StringLiterals;
using tests::Stage;

namespace {

constexpr qint64 kSentenceMs = 1000;
constexpr qint64 kBlockedMs = 50;

quint32 crcOf(const QByteArray& bytes) {  // of PNG's chunks (ISO 3309)
  quint32 crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<quint8>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

QByteArray chunk(const QByteArray& type, const QByteArray& data) {
  QByteArray bytes(4, 0);
  qToBigEndian(static_cast<quint32>(data.size()), bytes.data());
  bytes += type + data;
  QByteArray crc(4, 0);
  qToBigEndian(crcOf(type + data), crc.data());
  return bytes + crc;
}

// A real PNG of one colour, however large: its pixels are zeros, which pack well.
QByteArray greyPng(int width, int height) {
  QByteArray header(13, 0);
  qToBigEndian(static_cast<quint32>(width), header.data());
  qToBigEndian(static_cast<quint32>(height), header.data() + 4);
  header[8] = 8;  // bits, of one grey channel
  const QByteArray rows((static_cast<qsizetype>(width) + 1) * height, 0);
  return QByteArray("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", header) + chunk("IDAT", qCompress(rows, 1).mid(4)) +
         chunk("IEND", {});
}

}  // namespace

class HostileFilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_stage = std::make_shared<Stage>();
    m_store = std::make_unique<Store>(m_folder->filePath(u"conversations"_s));
    m_bridge = std::make_unique<EngineBridge>(tests::backendOn(m_stage));
    m_window = std::make_unique<MainWindow>(*m_bridge, m_reader, m_language, *m_store, Preferences{});
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    QTest::keyClicks(&composer().edit(), u"my words"_s);
    QTest::qWait(50);  // the window has settled
  }
  void cleanup() {
    m_window.reset();
    m_bridge.reset();
    m_store.reset();
  }

  void eachGetsItsSentence_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    QTest::newRow("200 megapixels") << u"huge.png"_s << greyPng(20000, 10000) << u"too large"_s;
    QTest::newRow("text named .mp4") << u"film.mp4"_s << QByteArray("Dear diary,\n").repeated(400)
                                     << u"not a picture, clip or sound file"_s;
    QTest::newRow("empty") << u"nothing.png"_s << QByteArray() << u"is empty"_s;
    QTest::newRow("cut off") << u"half.png"_s << greyPng(300, 200).left(80) << u"damaged"_s;
    QTest::newRow("only a header") << u"huge.wav"_s << QByteArray("RIFF\xff\xff\xff\xffWAVE", 12)
                                   << u"not a picture, clip or sound file"_s;
  }
  void eachGetsItsSentence() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    write(name, bytes);
    refuses(name, says);
  }

  void aFolderIsNoFile() {
    QVERIFY(QDir(m_folder->path()).mkdir(u"photos"_s));
    refuses(u"photos"_s, u"a folder"_s);
  }

  void aPipeAndADeviceAreNotWaitedFor() {
    QCOMPARE(mkfifo(m_folder->filePath(u"pipe.png"_s).toLocal8Bit().constData(), 0600), 0);
    refuses(u"pipe.png"_s, u"pipe"_s);
    QVERIFY(QFile::link(u"/dev/zero"_s, m_folder->filePath(u"endless.png"_s)));
    refuses(u"endless.png"_s, u"device"_s);
  }

  void aFileThatVanishesBeforeItIsRead() {
    write(u"gone.png"_s, greyPng(30, 20));
    drop({u"gone.png"_s}, [this] { QVERIFY(QFile::remove(m_folder->filePath(u"gone.png"_s))); });
    // Read just in time, or its sentence: it never only disappears.
    QTRY_VERIFY(composer().attachments().size() == 1 || composer().message().isVisible());
    composer().clear();
    QTest::keyClicks(&composer().edit(), u"my words"_s);
    refuses(u"gone.png"_s, u"not there any more"_s);
  }

  void whatIsGoodAmongThemStays() {
    write(u"good.png"_s, greyPng(300, 200));
    write(u"bad.mp4"_s, "text");
    drop({u"good.png"_s, u"bad.mp4"_s, u"missing.png"_s});
    QTRY_COMPARE(composer().attachments().size(), 1);
    QTRY_COMPARE(composer().chips().size(), 1);
    QCOMPARE(composer().attachments().at(0).pixels, QSize(300, 200));
    QVERIFY(composer().message().isVisible());
    QCOMPARE(composer().text(), u"my words"_s);
  }

  // Just under the limit: read, made small and kept without anybody waiting for it.
  void aVeryLargePictureIsReadWhileTheWindowAnswers() {
    write(u"large.png"_s, greyPng(12000, 8000));
    m_window->openPack(u"/packs/test"_s);
    QTest::qWait(50);
    tests::Heartbeat heartbeat;
    drop({u"large.png"_s});
    QTRY_COMPARE_WITH_TIMEOUT(composer().attachments().size(), 1, 60000);
    QCOMPARE(composer().attachments().at(0).pixels, QSize(12000, 8000));
    const qint64 reading = heartbeat.longestMs();
    composer().chips().at(0)->setFocus();
    QTest::keyClick(composer().chips().at(0), Qt::Key_Return);
    QTRY_VERIFY(m_window->insight().viewer() && m_window->insight().viewer()->isVisible());
    QTest::qWait(1500);  // meanwhile it becomes a picture for the screen
    const qint64 showing = heartbeat.longestMs();
    m_window->insight().viewer()->close();
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    QTest::qWait(500);
    const qint64 sending = heartbeat.longestMs();
    qInfo("96 megapixels: the window was held up for %lld ms while they were read, %lld ms shown, %lld ms sent",
          static_cast<long long>(reading), static_cast<long long>(showing), static_cast<long long>(sending));
    for (const qint64 longest : {reading, showing, sending}) {
      QVERIFY2(longest <= kBlockedMs, qPrintable(QString::number(longest)));
    }
  }

  // Between reading and sending another thing may stand in the file's place.
  void aPipeInThePlaceOfAFileIsNotWaitedFor() {
    m_window->openPack(u"/packs/test"_s);
    write(u"swap.png"_s, greyPng(300, 200));
    drop({u"swap.png"_s});
    QTRY_COMPARE(composer().attachments().size(), 1);
    const QString file = m_folder->filePath(u"swap.png"_s);
    QVERIFY(QFile::remove(file));
    QCOMPARE(mkfifo(file.toLocal8Bit().constData(), 0600), 0);
    tests::Heartbeat heartbeat;
    QTest::keyClick(&composer().edit(), Qt::Key_Return);
    QTRY_VERIFY(m_window->storeMessage().isVisible());
    ConversationModel& model = m_window->conversation().model();
    QTRY_VERIFY(!model.at(0).attachments.at(0).sha256.isEmpty());
    QCOMPARE(QImage(model.at(0).attachments.at(0).file).size(), QSize(300, 200));
    const qint64 longest = heartbeat.longestMs();
    QVERIFY2(longest <= kBlockedMs, qPrintable(QString::number(longest)));
  }

 private:
  Composer& composer() { return m_window->composer(); }
  void write(const QString& name, const QByteArray& bytes) {
    QFile file(m_folder->filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
  }
  void drop(const QStringList& names, const std::function<void()>& meanwhile = {}) {
    QMimeData media;
    QList<QUrl> urls;
    for (const QString& name : names) urls << QUrl::fromLocalFile(m_folder->filePath(name));
    media.setUrls(urls);
    QDragEnterEvent enter(QPoint(300, 200), Qt::CopyAction, &media, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_window.get(), &enter);
    QDropEvent event(QPointF(300, 200), Qt::CopyAction, &media, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_window.get(), &event);
    QVERIFY(event.isAccepted());
    if (meanwhile) meanwhile();
  }
  void refuses(const QString& name, const QString& says) {
    tests::Heartbeat heartbeat;
    QElapsedTimer timer;
    timer.start();
    drop({name});
    QTRY_VERIFY(composer().message().isVisible() && composer().message().title().contains(name));
    const qint64 took = timer.elapsed();
    QVERIFY2(took <= kSentenceMs, qPrintable(QString::number(took)));
    QVERIFY2(composer().message().text().contains(says), qPrintable(composer().message().text()));
    QVERIFY(composer().chips().isEmpty());
    QCOMPARE(composer().text(), u"my words"_s);
    const qint64 longest = heartbeat.longestMs();
    QVERIFY2(longest <= kBlockedMs, qPrintable(QString::number(longest)));
  }

  const xllm::media::IsolatedDecoder m_decoder;
  const xllm::desktop::DecoderReader m_reader{m_decoder};
  Language m_language{QString()};
  std::shared_ptr<Stage> m_stage;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<Store> m_store;
  std::unique_ptr<EngineBridge> m_bridge;
  std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(HostileFilesTest)
#include "hostile_files_test.moc"
