// Every form in which cameras deliver, made by hand, becomes the same picture.
#include "media/camera/frame_pixels.h"

#include <QBuffer>
#include <QImage>
#include <QTest>
#include <cstring>

using namespace xllm;
using namespace xllm::media;
using Format = QVideoFrameFormat;

namespace {

struct Rgb {
  int r, g, b;
};
constexpr int kWidth = 8, kHeight = 4;  // left half one colour, right half another
constexpr Rgb kLeft{200, 40, 40}, kRight{40, 40, 200};

struct Yuv {
  int y, u, v;
};
// BT.601, limited range.
Yuv yuvOf(Rgb c) {
  return {static_cast<int>(16 + 0.257 * c.r + 0.504 * c.g + 0.098 * c.b + 0.5),
          static_cast<int>(128 - 0.148 * c.r - 0.291 * c.g + 0.439 * c.b + 0.5),
          static_cast<int>(128 + 0.439 * c.r - 0.368 * c.g - 0.071 * c.b + 0.5)};
}

Rgb colorAt(int x) { return x < kWidth / 2 ? kLeft : kRight; }

// Writes every pixel through `put(frame, x, y, colour)`.
template <typename Put>
QVideoFrame made(const Format& format, Put put) {
  QVideoFrame frame(format);
  frame.map(QVideoFrame::WriteOnly);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) put(frame, x, y, colorAt(x));
  }
  frame.unmap();
  return frame;
}

void set(QVideoFrame& frame, int plane, int x, int y, int value) {
  frame.bits(plane)[y * frame.bytesPerLine(plane) + x] = static_cast<uchar>(value);
}

QVideoFrame packed(Format::PixelFormat pixels, int r, int g, int b, Format::Direction direction = Format::TopToBottom) {
  Format format(QSize(kWidth, kHeight), pixels);
  format.setScanLineDirection(direction);
  return made(format, [=](QVideoFrame& frame, int x, int y, Rgb c) {
    set(frame, 0, 4 * x + r, y, c.r);
    set(frame, 0, 4 * x + g, y, c.g);
    set(frame, 0, 4 * x + b, y, c.b);
  });
}

QVideoFrame planar(Format::PixelFormat pixels, int u, int v) {
  return made(Format(QSize(kWidth, kHeight), pixels), [=](QVideoFrame& frame, int x, int y, Rgb c) {
    const int rows = pixels == Format::Format_YUV422P ? 1 : 2;
    set(frame, 0, x, y, yuvOf(c).y);
    set(frame, u, x / 2, y / rows, yuvOf(c).u);
    set(frame, v, x / 2, y / rows, yuvOf(c).v);
  });
}

QVideoFrame halfPlanar(Format::PixelFormat pixels, int u) {
  return made(Format(QSize(kWidth, kHeight), pixels), [=](QVideoFrame& frame, int x, int y, Rgb c) {
    set(frame, 0, x, y, yuvOf(c).y);
    set(frame, 1, x / 2 * 2 + u, y / 2, yuvOf(c).u);
    set(frame, 1, x / 2 * 2 + 1 - u, y / 2, yuvOf(c).v);
  });
}

QVideoFrame interleaved(Format::PixelFormat pixels, int luma) {
  return made(Format(QSize(kWidth, kHeight), pixels), [=](QVideoFrame& frame, int x, int y, Rgb c) {
    set(frame, 0, 2 * x + luma, y, yuvOf(c).y);
    set(frame, 0, 2 * x + 1 - luma, y, x % 2 == 0 ? yuvOf(c).u : yuvOf(c).v);
  });
}

void compare(const RgbImage& image, int x, int y, Rgb wanted, int tolerance = 10) {
  const auto at = static_cast<std::size_t>(y * image.width + x) * 3;
  const Rgb is{image.pixels.at(at), image.pixels.at(at + 1), image.pixels.at(at + 2)};
  const bool alike = std::abs(is.r - wanted.r) <= tolerance && std::abs(is.g - wanted.g) <= tolerance &&
                     std::abs(is.b - wanted.b) <= tolerance;
  QVERIFY2(alike, qPrintable(QStringLiteral("%1,%2: %3 %4 %5").arg(x).arg(y).arg(is.r).arg(is.g).arg(is.b)));
}

}  // namespace

class FramePixelsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyFormGivesTheSamePicture_data() {
    QTest::addColumn<QVideoFrame>("frame");
    QTest::newRow("YUYV") << interleaved(Format::Format_YUYV, 0);
    QTest::newRow("UYVY") << interleaved(Format::Format_UYVY, 1);
    QTest::newRow("NV12") << halfPlanar(Format::Format_NV12, 0);
    QTest::newRow("NV21") << halfPlanar(Format::Format_NV21, 1);
    QTest::newRow("YUV420P") << planar(Format::Format_YUV420P, 1, 2);
    QTest::newRow("YV12") << planar(Format::Format_YV12, 2, 1);
    QTest::newRow("YUV422P") << planar(Format::Format_YUV422P, 1, 2);
    QTest::newRow("BGRA") << packed(Format::Format_BGRA8888, 2, 1, 0);
    QTest::newRow("BGRX") << packed(Format::Format_BGRX8888, 2, 1, 0);
    QTest::newRow("RGBX") << packed(Format::Format_RGBX8888, 0, 1, 2);
    QTest::newRow("ARGB") << packed(Format::Format_ARGB8888, 1, 2, 3);
    QTest::newRow("XBGR") << packed(Format::Format_XBGR8888, 3, 2, 1);
  }
  void everyFormGivesTheSamePicture() {
    QFETCH(QVideoFrame, frame);
    const auto image = pixelsOf(frame);
    QVERIFY2(image, image ? "" : image.error().message.c_str());
    QCOMPARE(image->width, kWidth);
    QCOMPARE(image->height, kHeight);
    QCOMPARE(image->pixels.size(), std::size_t{kWidth * kHeight * 3});
    for (int y = 0; y < kHeight; ++y) {
      compare(*image, 1, y, kLeft);
      compare(*image, kWidth - 2, y, kRight);
    }
  }

  void compressedPicturesAreRead() {
    QImage picture(64, 32, QImage::Format_RGB888);
    picture.fill(QColor(40, 200, 40));
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QVERIFY(picture.save(&buffer, "JPEG", 95));
    QVideoFrame frame{Format(QSize(64, 32), Format::Format_Jpeg)};
    if (!frame.map(QVideoFrame::WriteOnly) || frame.mappedBytes(0) < bytes.size()) {
      QSKIP("This version of Qt makes no compressed frame by hand.");
    }
    std::memcpy(frame.bits(0), bytes.constData(), static_cast<std::size_t>(bytes.size()));
    frame.unmap();
    const auto image = pixelsOf(frame);
    QVERIFY2(image, image ? "" : image.error().message.c_str());
    compare(*image, 10, 10, {40, 200, 40});
  }

  void turnedFramesAreMadeUpright() {
    QVideoFrame frame = packed(Format::Format_BGRX8888, 2, 1, 0);
    frame.setRotationAngle(QVideoFrame::Rotation90);
    const auto clockwise = pixelsOf(frame);
    QVERIFY(clockwise);
    QCOMPARE(clockwise->width, kHeight);
    compare(*clockwise, 1, 1, kLeft);  // what was left is above
    compare(*clockwise, 1, kWidth - 2, kRight);
    frame.setRotationAngle(QVideoFrame::Rotation270);
    const auto other = pixelsOf(frame);
    QVERIFY(other);
    compare(*other, 1, 1, kRight);
    frame.setRotationAngle(QVideoFrame::Rotation180);
    const auto round = pixelsOf(frame);
    QVERIFY(round);
    compare(*round, 1, 1, kRight);
    compare(*round, kWidth - 2, 1, kLeft);
  }

  void framesStoredFromBelowAreTurnedUp() {
    const auto format = [] {
      Format f(QSize(kWidth, kHeight), Format::Format_BGRX8888);
      f.setScanLineDirection(Format::BottomToTop);
      return f;
    }();
    const QVideoFrame frame = made(format, [](QVideoFrame& to, int x, int y, Rgb) {
      set(to, 0, 4 * x + 2, y, y == 0 ? 200 : 0);  // the first line that is stored is red
      set(to, 0, 4 * x + 1, y, 0);
      set(to, 0, 4 * x, y, 0);
    });
    const auto image = pixelsOf(frame);
    QVERIFY(image);
    compare(*image, 2, kHeight - 1, {200, 0, 0});
    compare(*image, 2, 0, {0, 0, 0});
  }

  void largeFramesAreMadeSmaller() {
    QVideoFrame frame{Format(QSize(3840, 2160), Format::Format_NV12)};
    QVERIFY(frame.map(QVideoFrame::WriteOnly));
    std::memset(frame.bits(0), 126, static_cast<std::size_t>(frame.mappedBytes(0)));
    std::memset(frame.bits(1), 128, static_cast<std::size_t>(frame.mappedBytes(1)));
    frame.unmap();
    const auto image = pixelsOf(frame);
    QVERIFY(image);
    QCOMPARE(image->width, 1920);
    QCOMPARE(image->height, 1080);
    compare(*image, 1000, 500, {128, 128, 128});
  }

  void whatCannotBeReadIsToldApart() {
    QVERIFY(pixelsOf(QVideoFrame()).error().code == ErrorCode::Unsupported);
    QVideoFrame strange{Format(QSize(kWidth, kHeight), Format::Format_IMC1)};
    const auto refused = pixelsOf(strange);
    QVERIFY(!refused);
    QVERIFY(QString::fromStdString(refused.error().message).endsWith(QLatin1Char('.')));
  }

  void howLongItTakes() {
    QVideoFrame frame{Format(QSize(1280, 720), Format::Format_YUYV)};
    QVERIFY(frame.map(QVideoFrame::WriteOnly));
    std::memset(frame.bits(0), 128, static_cast<std::size_t>(frame.mappedBytes(0)));
    frame.unmap();
    QBENCHMARK { QVERIFY(pixelsOf(frame)); }
  }
};

QTEST_GUILESS_MAIN(FramePixelsTest)
#include "frame_pixels_test.moc"
