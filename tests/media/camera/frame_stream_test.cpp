// Frames that a camera would send, put into the sink by hand.
#include "media/camera/frame_stream.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <cstring>
#include <thread>

using namespace xllm;
using namespace xllm::media;

namespace {

QVideoFrame grey(int shade, QSize size = {64, 48}) {
  QVideoFrame frame{QVideoFrameFormat(size, QVideoFrameFormat::Format_NV12)};
  frame.map(QVideoFrame::WriteOnly);
  std::memset(frame.bits(0), shade, static_cast<std::size_t>(frame.mappedBytes(0)));
  std::memset(frame.bits(1), 128, static_cast<std::size_t>(frame.mappedBytes(1)));
  frame.unmap();
  return frame;
}

int shadeOf(const CameraPicture& picture) { return static_cast<int>(picture->pixels.front() * 219.0 / 255.0 + 16.5); }

}  // namespace

class FrameStreamTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void framesBecomePictures() {
    FrameStream stream;
    QSignalSpy framed(&stream, &FrameStream::framed);
    stream.setOn(true);
    stream.sink().setVideoFrame(grey(100));
    QVERIFY(framed.wait());
    const auto picture = framed.front().front().value<CameraPicture>();
    QCOMPARE(picture->width, 64);
    QVERIFY2(std::abs(shadeOf(picture) - 100) <= 3, qPrintable(QString::number(picture->pixels.front())));
  }

  // Whoever is slow sees what is there now, not what was.
  void theNewestWins() {
    FrameStream stream;
    QList<int> seen;
    connect(&stream, &FrameStream::framed, this, [&](const CameraPicture& picture) { seen << shadeOf(picture); });
    stream.setOn(true);
    constexpr int kFrames = 120;
    std::thread camera([&] {
      for (int i = 0; i < kFrames; ++i) stream.sink().setVideoFrame(grey(40 + i, {1920, 1080}));
    });
    camera.join();
    QTRY_VERIFY(!seen.isEmpty() && std::abs(seen.back() - (40 + kFrames - 1)) <= 3);
    QVERIFY2(seen.size() < kFrames, "none was passed over");
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
  }

  void nothingArrivesWhileItIsOff() {
    FrameStream stream;
    QSignalSpy framed(&stream, &FrameStream::framed);
    stream.sink().setVideoFrame(grey(100));
    QTest::qWait(50);
    QCOMPARE(framed.size(), 0);
    stream.setOn(true);
    stream.sink().setVideoFrame(grey(100, {1920, 1080}));
    QThread::msleep(5);
    stream.setOn(false);  // that one is on its way
    stream.setOn(true);
    stream.sink().setVideoFrame(grey(60));  // comes behind it
    QVERIFY(framed.wait());
    QCOMPARE(framed.size(), 1);
    QVERIFY(std::abs(shadeOf(framed.front().front().value<CameraPicture>()) - 60) <= 3);
  }

  void whatCannotBeReadIsToldOnce() {
    FrameStream stream;
    QSignalSpy failed(&stream, &FrameStream::failed);
    stream.setOn(true);
    for (int i = 0; i < 3; ++i) {
      stream.sink().setVideoFrame(QVideoFrame(QVideoFrameFormat(QSize(64, 48 + i), QVideoFrameFormat::Format_IMC1)));
      QTest::qWait(20);
    }
    QCOMPARE(failed.size(), 1);
  }

  void mayGoWhileAPictureIsMade() {
    for (int i = 0; i < 20; ++i) {
      FrameStream stream;
      stream.setOn(true);
      stream.sink().setVideoFrame(grey(100, {1920, 1080}));
    }
    QTest::qWait(10);
  }
};

QTEST_MAIN(FrameStreamTest)
#include "frame_stream_test.moc"
