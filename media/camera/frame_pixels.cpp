#include "media/camera/frame_pixels.h"

#include <QImage>
#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixfmt.h>
#include <libswscale/swscale.h>
}

namespace xllm::media {
namespace {

struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

// Nothing: not a format that swscale reads.
std::optional<AVPixelFormat> formatOf(QVideoFrameFormat::PixelFormat format) {
  using Format = QVideoFrameFormat;
  switch (format) {
    case Format::Format_ARGB8888:
    case Format::Format_ARGB8888_Premultiplied: return AV_PIX_FMT_ARGB;
    case Format::Format_XRGB8888: return AV_PIX_FMT_0RGB;
    case Format::Format_BGRA8888:
    case Format::Format_BGRA8888_Premultiplied: return AV_PIX_FMT_BGRA;
    case Format::Format_BGRX8888: return AV_PIX_FMT_BGR0;
    case Format::Format_ABGR8888: return AV_PIX_FMT_ABGR;
    case Format::Format_XBGR8888: return AV_PIX_FMT_0BGR;
    case Format::Format_RGBA8888: return AV_PIX_FMT_RGBA;
    case Format::Format_RGBX8888: return AV_PIX_FMT_RGB0;
    case Format::Format_YUV420P: return AV_PIX_FMT_YUV420P;
    case Format::Format_YUV422P: return AV_PIX_FMT_YUV422P;
    case Format::Format_YV12: return AV_PIX_FMT_YUV420P;  // its planes change places
    case Format::Format_UYVY: return AV_PIX_FMT_UYVY422;
    case Format::Format_YUYV: return AV_PIX_FMT_YUYV422;
    case Format::Format_NV12: return AV_PIX_FMT_NV12;
    case Format::Format_NV21: return AV_PIX_FMT_NV21;
    case Format::Format_Y8: return AV_PIX_FMT_GRAY8;
    case Format::Format_Y16: return AV_PIX_FMT_GRAY16LE;
    case Format::Format_P010: return AV_PIX_FMT_P010LE;
    case Format::Format_P016: return AV_PIX_FMT_P016LE;
    default: return std::nullopt;
  }
}

QSize sizeFor(int width, int height) {
  const double pixels = static_cast<double>(width) * height;
  const double scale = std::min(1.0, std::sqrt(static_cast<double>(kMostFramePixels) / pixels));
  const auto side = [&](int length) { return std::max(static_cast<int>(std::lround(length * scale)), 1); };
  return {side(width), side(height)};
}

RgbImage emptyImage(QSize size) {
  RgbImage image{.width = size.width(), .height = size.height(), .pixels = {}};
  image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
  return image;
}

// Some drivers hand the compressed picture on.
Result<RgbImage> fromJpeg(const QVideoFrame& frame) {
  const QImage picture = QImage::fromData(frame.bits(0), frame.mappedBytes(0), "JPEG");
  if (picture.isNull()) return fail(ErrorCode::DeviceLost, "The camera sent a damaged picture.");
  const QImage rgb =
      picture.scaled(sizeFor(picture.width(), picture.height()), Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
          .convertToFormat(QImage::Format_RGB888);
  RgbImage image = emptyImage(rgb.size());
  const auto row = static_cast<std::size_t>(image.width) * 3;
  for (int y = 0; y < image.height; ++y)
    std::copy_n(rgb.constScanLine(y), row, &image.pixels[row * static_cast<std::size_t>(y)]);
  return image;
}

Result<RgbImage> fromPlanes(const QVideoFrame& frame, AVPixelFormat format) {
  const std::uint8_t* planes[4] = {};
  int strides[4] = {};
  for (int i = 0; i < std::min(frame.planeCount(), 4); ++i) {
    planes[i] = frame.bits(i);
    strides[i] = frame.bytesPerLine(i);
    const int rows = i == 0 || format == AV_PIX_FMT_YUV422P ? frame.height() : (frame.height() + 1) / 2;
    if (planes[i] == nullptr || std::int64_t{strides[i]} * rows > frame.mappedBytes(i)) {
      return fail(ErrorCode::DeviceLost, "The camera sent a picture that is cut off.");
    }
  }
  if (frame.pixelFormat() == QVideoFrameFormat::Format_YV12) {
    std::swap(planes[1], planes[2]);
    std::swap(strides[1], strides[2]);
  }
  if (av_image_get_linesize(format, frame.width(), 0) > strides[0]) {
    return fail(ErrorCode::DeviceLost, "The camera sent a picture that is cut off.");
  }
  RgbImage image = emptyImage(sizeFor(frame.width(), frame.height()));
  const std::unique_ptr<SwsContext, FreeScaler> scaler(
      sws_getContext(frame.width(), frame.height(), format, image.width, image.height, AV_PIX_FMT_RGB24,
                     SWS_BILINEAR | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  if (!scaler) throw std::bad_alloc();
  const bool isModern = frame.surfaceFormat().colorSpace() == QVideoFrameFormat::ColorSpace_BT709;
  const bool isFull = frame.surfaceFormat().colorRange() == QVideoFrameFormat::ColorRange_Full;
  // Refused for formats without luma, which need none of it.
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(isModern ? SWS_CS_ITU709 : SWS_CS_ITU601), isFull ? 1 : 0,
                           sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  std::uint8_t* const to[4] = {image.pixels.data(), nullptr, nullptr, nullptr};
  const int toStrides[4] = {image.width * 3, 0, 0, 0};
  sws_scale(scaler.get(), planes, strides, 0, frame.height(), to, toStrides);
  return image;
}

// Quarter turns, clockwise.
RgbImage turned(const RgbImage& image, int quarters) {
  if (quarters == 0) return image;
  RgbImage result = emptyImage(quarters % 2 == 1 ? QSize(image.height, image.width) : QSize(image.width, image.height));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int column = quarters == 1 ? image.height - 1 - y : quarters == 2 ? image.width - 1 - x : y;
      const int row = quarters == 1 ? x : quarters == 2 ? image.height - 1 - y : image.width - 1 - x;
      const auto at = [](const RgbImage& of, int atRow, int atColumn) {
        return (static_cast<std::size_t>(atRow) * static_cast<std::size_t>(of.width) +
                static_cast<std::size_t>(atColumn)) *
               3;
      };
      std::copy_n(&image.pixels[at(image, y, x)], 3, &result.pixels[at(result, row, column)]);
    }
  }
  return result;
}

void turnUpsideDown(RgbImage& image) {
  const auto row = static_cast<std::ptrdiff_t>(image.width) * 3;
  for (int y = 0; y < image.height / 2; ++y) {
    const auto upper = image.pixels.begin() + row * y, lower = image.pixels.begin() + row * (image.height - 1 - y);
    std::swap_ranges(upper, upper + row, lower);
  }
}

}  // namespace

Result<RgbImage> pixelsOf(QVideoFrame frame) {
  const bool isJpeg = frame.pixelFormat() == QVideoFrameFormat::Format_Jpeg;
  const auto format = formatOf(frame.pixelFormat());
  if (!isJpeg && !format) {
    return fail(ErrorCode::Unsupported, "The camera sends pictures in a form that is not read (" +
                                            QVideoFrameFormat::pixelFormatToString(frame.pixelFormat()).toStdString() +
                                            ").");
  }
  if (frame.width() < 1 || frame.height() < 1 || !frame.map(QVideoFrame::ReadOnly)) {
    return fail(ErrorCode::DeviceLost, "The camera's picture cannot be reached.");
  }
  auto image = isJpeg ? fromJpeg(frame) : fromPlanes(frame, *format);
  frame.unmap();
  if (!image) return image;
  if (frame.surfaceFormat().scanLineDirection() == QVideoFrameFormat::BottomToTop) turnUpsideDown(*image);
  return turned(*image, static_cast<int>(frame.rotationAngle()) / 90 % 4);
}

}  // namespace xllm::media
