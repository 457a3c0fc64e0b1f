#include "media/decode/picture_decoder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <opencv2/core.hpp>

#include "media/decode/ffmpeg.h"
#include "media/decode/picture_header.h"
#include "media/decode/upright.h"

namespace xllm::media {
namespace {

AVCodecID codecOf(PictureFormat format) {
  switch (format) {
    case PictureFormat::Jpeg: return AV_CODEC_ID_MJPEG;
    case PictureFormat::Png: return AV_CODEC_ID_PNG;
    case PictureFormat::Webp: return AV_CODEC_ID_WEBP;
    case PictureFormat::Bmp: return AV_CODEC_ID_BMP;
    case PictureFormat::Tiff: return AV_CODEC_ID_TIFF;
    case PictureFormat::Gif: return AV_CODEC_ID_GIF;
  }
  return AV_CODEC_ID_NONE;
}

tl::unexpected<Error> damaged(const ByteSource& source) {
  return fail(ErrorCode::CorruptFile, source.name() + " is damaged or cut off; the picture cannot be read.");
}

// The whole file as one packet, which is what picture decoders expect. nullptr: it changed while it was read.
PacketHandle readWhole(ByteSource& source) {
  PacketHandle packet(orNoMemory(av_packet_alloc()));
  if (av_new_packet(packet.get(), static_cast<int>(source.size())) < 0) throw std::bad_alloc();
  source.seek(0);
  const std::size_t read = source.read({packet->data, static_cast<std::size_t>(packet->size)});
  return read == static_cast<std::size_t>(packet->size) ? std::move(packet) : nullptr;
}

// nullptr: the decoder refused. `halvings`: of both sides, where the decoder can do that.
FrameHandle decodeFrame(PictureFormat format, const AVPacket& file, const PictureHeader& header, int halvings) {
  const AVCodec* const codec = avcodec_find_decoder(codecOf(format));
  if (codec == nullptr) return nullptr;
  const CodecHandle context(orNoMemory(avcodec_alloc_context3(codec)));
  // The decoder may take what the header said and no more, but for the padding it likes.
  constexpr std::int64_t kPadding = 64;
  context->max_pixels = (header.width + kPadding) * (header.height + kPadding);
  context->thread_count = 1;
  context->lowres = std::min<int>(halvings, codec->max_lowres);
  context->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
  // Damage is an error, except that FFmpeg counts every TIFF tag it does not know as damage.
  if (format != PictureFormat::Tiff) context->err_recognition |= AV_EF_EXPLODE;
  if (avcodec_open2(context.get(), codec, nullptr) < 0) return nullptr;
  FrameHandle frame(orNoMemory(av_frame_alloc()));
  int status = avcodec_send_packet(context.get(), &file);
  if (status >= 0) status = avcodec_send_packet(context.get(), nullptr);
  if (status >= 0) status = avcodec_receive_frame(context.get(), frame.get());
  if (status == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (status < 0 || frame->width <= 0 || frame->height <= 0) return nullptr;
  if ((frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0) return nullptr;
  return frame;
}

bool hasAlpha(const AVFrame& frame) {
  const AVPixFmtDescriptor* const format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  return format != nullptr && (format->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL)) != 0;
}

// `to` is CV_8UC3 (R, G, B) or CV_8UC4 (and alpha); another size than the frame's is an average. False: a pixel format
// without a conversion.
bool convert(const AVFrame& frame, cv::Mat& to) {
  const AVPixelFormat target = to.channels() == 4 ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  const bool sameSize = to.cols == frame.width && to.rows == frame.height;
  const int how = sameSize ? SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP : SWS_AREA;
  const ScalerHandle scaler(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), to.cols,
                                           to.rows, target, how, nullptr, nullptr, nullptr));
  if (!scaler) return false;
  std::uint8_t* const planes[4] = {to.data, nullptr, nullptr, nullptr};
  const int strides[4] = {static_cast<int>(to.step[0]), 0, 0, 0};
  return sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, planes, strides) == to.rows;
}

// Lays `rgba` on white.
cv::Mat onWhite(const cv::Mat& rgba) {
  cv::Mat rgb(rgba.rows, rgba.cols, CV_8UC3);
  for (int y = 0; y < rgba.rows; ++y) {
    const auto* from = rgba.ptr<cv::Vec4b>(y);
    auto* to = rgb.ptr<cv::Vec3b>(y);
    for (int x = 0; x < rgba.cols; ++x) {
      const int alpha = from[x][3];
      for (int c = 0; c < 3; ++c) {
        to[x][c] = static_cast<std::uint8_t>((from[x][c] * alpha + 255 * (255 - alpha) + 127) / 255);
      }
    }
  }
  return rgb;
}

std::string million(std::int64_t pixels) { return std::to_string(pixels / 1'000'000) + " million"; }

// As often as leaves MediaProbe::kSmallEdge pixels of the longer side.
int halvingsOf(const PictureHeader& header) {
  int halvings = 0;
  for (auto edge = std::max(header.width, header.height); edge >= 2 * MediaProbe::kSmallEdge; edge /= 2) ++halvings;
  return halvings;
}

struct Stored {
  FrameHandle frame;
  PictureHeader header;
};

// How often both sides of a picture are halved while it is decoded; nullptr: not at all.
using Halvings = int (*)(const PictureHeader& header);

Result<Stored> decodeStored(ByteSource& source, const DecodeLimits& limits, Halvings halvings) {
  const std::vector<std::uint8_t> start = startOf(source);
  const auto format = pictureFormatOf(start);
  if (!format) {
    return fail(ErrorCode::BadInput,
                source.name() + " is not a picture that can be read (JPEG, PNG, WebP, BMP, TIFF or GIF).");
  }
  if (source.size() > std::min<std::int64_t>(limits.pictureBytes, INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE)) {
    return fail(ErrorCode::BadInput, source.name() + " has " + million(source.size()) +
                                         " bytes, which is too large for a " + "picture; at most " +
                                         million(limits.pictureBytes) + " are read.");
  }
  const PacketHandle file = readWhole(source);
  if (!file) return damaged(source);
  const auto header = readPictureHeader(*format, {file->data, static_cast<std::size_t>(file->size)});
  if (!header) return damaged(source);
  // Neither product can overflow: each side is below 2^32.
  if (header->width > limits.pixels / header->height) {
    return fail(ErrorCode::BadInput, source.name() + " says it is " + std::to_string(header->width) + " × " +
                                         std::to_string(header->height) + " pixels, which is too large; at most " +
                                         million(limits.pixels) + " pixels are read.");
  }
  if (header->animated) {
    return fail(
        ErrorCode::Unsupported,
        source.name() + " is an animated WebP picture, which is not read; save one frame " + "of it as PNG or JPEG.");
  }
  FrameHandle frame = decodeFrame(*format, *file, *header, halvings != nullptr ? halvings(*header) : 0);
  if (!frame) return damaged(source);
  return Stored{std::move(frame), *header};
}

// Upright, on white, `size` before it is turned.
Result<RgbImage> imageOf(const Stored& stored, cv::Size size, const ByteSource& source) {
  const bool alpha = hasAlpha(*stored.frame);
  cv::Mat pixels(size, alpha ? CV_8UC4 : CV_8UC3);
  if (!convert(*stored.frame, pixels)) {
    return fail(ErrorCode::Unsupported,
                source.name() + " stores its colours in a way that is not read; save it as PNG.");
  }
  if (alpha) pixels = onWhite(pixels);
  pixels = upright(std::move(pixels), stored.header.orientation);
  RgbImage image{.width = pixels.cols, .height = pixels.rows, .pixels = {}};
  image.pixels.assign(pixels.datastart, pixels.dataend);  // continuous: every step above made a fresh one
  return image;
}

}  // namespace

std::vector<std::uint8_t> startOf(ByteSource& source) {
  std::vector<std::uint8_t> start(16);
  source.seek(0);
  start.resize(source.read(start));
  source.seek(0);
  return start;
}

Result<RgbImage> decodePictureFrom(ByteSource& source, const DecodeLimits& limits) {
  const auto stored = decodeStored(source, limits, nullptr);
  if (!stored) return tl::unexpected(stored.error());
  return imageOf(*stored, {stored->frame->width, stored->frame->height}, source);
}

Result<PictureLook> lookAtPictureFrom(ByteSource& source, const DecodeLimits& limits) {
  const auto stored = decodeStored(source, limits, halvingsOf);
  if (!stored) return tl::unexpected(stored.error());
  const AVFrame& frame = *stored->frame;
  const double scale = std::min(1.0, static_cast<double>(MediaProbe::kSmallEdge) / std::max(frame.width, frame.height));
  const auto side = [&](int length) { return std::max(static_cast<int>(std::lround(length * scale)), 1); };
  auto small = imageOf(*stored, {side(frame.width), side(frame.height)}, source);
  if (!small) return tl::unexpected(std::move(small.error()));
  PictureLook look{static_cast<int>(stored->header.width), static_cast<int>(stored->header.height), std::move(*small)};
  if (stored->header.orientation >= 5) std::swap(look.width, look.height);
  return look;
}

}  // namespace xllm::media
