#include "media/decode/video_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "media/decode/ffmpeg.h"
#include "media/decode/media_file.h"
#include "media/decode/upright.h"

namespace xllm::media {
namespace {

constexpr int kMostFrames = 64;                  // that may be chosen
constexpr std::size_t kMostPackets = 2'000'000;  // 9 hours at 60 frames a second
constexpr int kMostPasses = 6;                   // over a clip whose end is broken
constexpr double kLeastTold = 0.25;              // seconds missing at the end that are worth a word

std::string secondsText(double seconds) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f s", seconds);
  return text;
}

// What the container says about each frame, without decoding any. Times in the stream's own units.
struct Survey {
  struct Key {
    std::int64_t shown = 0, decoded = 0;
  };
  std::vector<std::int64_t> shown;  // when each frame is to be seen, sorted
  std::vector<Key> keys;            // frames that need no other, sorted
  std::int64_t end = 0;             // of the last frame

  // The last frame that is to be seen at `time`, or the first of all.
  std::int64_t frameAt(std::int64_t time) const {
    const auto after = std::upper_bound(shown.begin(), shown.end(), time);
    return after == shown.begin() ? shown.front() : *(after - 1);
  }
};

Result<Survey> survey(ByteSource& source, const DecodeLimits& limits) {
  auto file = openMedia(source, limits);
  if (!file) return tl::unexpected(std::move(file.error()));
  AVFormatContext& input = *file->input;
  const AVStream* const stream = videoIn(input);
  if (stream == nullptr) return fail(ErrorCode::BadInput, source.name() + " has no moving picture in it.");
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (input.streams[i] != stream) input.streams[i]->discard = AVDISCARD_ALL;
  }
  Survey found;
  const PacketHandle packet(orNoMemory(av_packet_alloc()));
  for (; av_read_frame(&input, packet.get()) >= 0; av_packet_unref(packet.get())) {
    if (packet->stream_index != stream->index || (packet->flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    const std::int64_t shown = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    // Times near the ends of the range would overflow in sums below; no honest file has them.
    if (shown == AV_NOPTS_VALUE || std::llabs(shown) > (std::int64_t{1} << 60)) continue;
    if (found.shown.size() == kMostPackets) {
      return fail(ErrorCode::BadInput, source.name() + " has more than " + std::to_string(kMostPackets) +
                                           " frames, which is too many; cut out the part that matters.");
    }
    found.shown.push_back(shown);
    const std::int64_t length = std::clamp<std::int64_t>(packet->duration, 0, std::int64_t{1} << 60);
    found.end = found.shown.size() == 1 ? shown + length : std::max(found.end, shown + length);
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) {
      found.keys.push_back({shown, packet->dts != AV_NOPTS_VALUE ? packet->dts : shown});
    }
  }
  if (found.shown.empty()) return damagedMedia(source, AVERROR_INVALIDDATA);
  std::sort(found.shown.begin(), found.shown.end());
  std::sort(found.keys.begin(), found.keys.end(), [](const auto& a, const auto& b) { return a.shown < b.shown; });
  // Some containers do not say how long the last frame is seen: as long as the others on average.
  const auto count = static_cast<std::int64_t>(found.shown.size());
  const std::int64_t gap = count > 1 ? (found.shown.back() - found.shown.front()) / (count - 1) : 1;
  if (found.end <= found.shown.back()) found.end = found.shown.back() + std::max<std::int64_t>(gap, 1);
  return found;
}

// Decodes forward, and jumps to key frames where that saves work.
class Player {
 public:
  static Result<std::unique_ptr<Player>> open(ByteSource& source, const Survey& survey, const DecodeLimits& limits) {
    auto file = openMedia(source, limits);
    if (!file) return tl::unexpected(std::move(file.error()));
    const AVStream* const stream = videoIn(*file->input);
    if (stream == nullptr) return damagedMedia(source, AVERROR_INVALIDDATA);
    for (unsigned i = 0; i < file->input->nb_streams; ++i) {
      if (file->input->streams[i] != stream) file->input->streams[i]->discard = AVDISCARD_ALL;
    }
    const AVCodec* const codec = avcodec_find_decoder(stream->codecpar->codec_id);
    const tl::unexpected<Error> unsupported =
        fail(ErrorCode::Unsupported, source.name() + " holds moving pictures in a form that is not read (" +
                                         avcodec_get_name(stream->codecpar->codec_id) + "); save it as MP4 or WebM.");
    if (codec == nullptr) return unsupported;
    CodecHandle context(orNoMemory(avcodec_alloc_context3(codec)));
    if (avcodec_parameters_to_context(context.get(), stream->codecpar) < 0) throw std::bad_alloc();
    context->pkt_timebase = stream->time_base;
    context->thread_count = 1;
    context->max_pixels = limits.pixels;
    if (avcodec_open2(context.get(), codec, nullptr) < 0) return unsupported;
    return std::unique_ptr<Player>(new Player(std::move(*file), *stream, std::move(context), survey, limits));
  }

  const AVStream& stream() const { return m_stream; }

  // The frame that is seen at `time`, which never goes back; nullptr when none up to there can be decoded.
  const AVFrame* at(std::int64_t time) {
    jumpTowards(time);
    while (!m_ended && !tooMuch() && !(m_hasNext && m_next->best_effort_timestamp > time)) {
      if (m_hasNext) {
        std::swap(m_shown, m_next);
        m_hasShown = true;
      }
      m_hasNext = decodeNext();
    }
    if (m_ended && m_hasNext && m_next->best_effort_timestamp <= time) {
      std::swap(m_shown, m_next);
      m_hasShown = true;
      m_hasNext = false;
    }
    if (!m_hasShown && m_hasNext) return m_next.get();  // the first frame of a clip may come a little late
    return m_hasShown ? m_shown.get() : nullptr;
  }
  // Whether nothing can be decoded behind the frame that at() gave last.
  bool atEnd() const { return m_ended && !m_hasNext; }
  // Whether more than the limit was decoded: what at() gives then is no longer right.
  bool tooMuch() const { return m_pixels > m_limits.clipPixels; }

 private:
  Player(MediaFile file, const AVStream& stream, CodecHandle codec, const Survey& survey, const DecodeLimits& limits)
      : m_file(std::move(file)),
        m_stream(stream),
        m_codec(std::move(codec)),
        m_survey(survey),
        m_limits(limits),
        m_packet(orNoMemory(av_packet_alloc())),
        m_shown(orNoMemory(av_frame_alloc())),
        m_next(orNoMemory(av_frame_alloc())) {}

  void jumpTowards(std::int64_t time) {
    const auto& keys = m_survey.keys;
    const auto after =
        std::upper_bound(keys.begin(), keys.end(), time, [](std::int64_t t, const auto& key) { return t < key.shown; });
    if (after == keys.begin()) return;
    const Survey::Key key = *(after - 1);
    const std::int64_t reached = m_hasNext ? m_next->best_effort_timestamp : m_survey.shown.front();
    if (key.shown <= reached) return;
    if (av_seek_frame(m_file.input.get(), m_stream.index, key.decoded, AVSEEK_FLAG_BACKWARD) < 0) return;
    avcodec_flush_buffers(m_codec.get());
    m_hasNext = m_ended = m_draining = false;
  }

  // The next whole frame into m_next. False at the end.
  bool decodeNext() {
    for (;;) {
      const int status = avcodec_receive_frame(m_codec.get(), m_next.get());
      if (status == AVERROR(ENOMEM)) throw std::bad_alloc();
      if (status >= 0) {
        m_pixels += std::int64_t{m_next->width} * m_next->height;
        if (isWhole(*m_next)) return true;
        if (tooMuch()) return false;
        continue;
      }
      if (status == AVERROR_EOF) break;
      if (status == AVERROR(EAGAIN) && m_draining) break;
      feed();  // an error belongs to the packet before: go on with the next
    }
    m_ended = true;
    return false;
  }

  static bool isWhole(const AVFrame& frame) {
    return (frame.flags & AV_FRAME_FLAG_CORRUPT) == 0 && frame.decode_error_flags == 0 && frame.width > 0 &&
           frame.height > 0 && frame.best_effort_timestamp != AV_NOPTS_VALUE;
  }

  void feed() {
    while (av_read_frame(m_file.input.get(), m_packet.get()) >= 0) {
      const bool ours = m_packet->stream_index == m_stream.index;
      if (ours) avcodec_send_packet(m_codec.get(), m_packet.get());
      av_packet_unref(m_packet.get());
      if (ours) return;
    }
    avcodec_send_packet(m_codec.get(), nullptr);
    m_draining = true;
  }

  MediaFile m_file;
  const AVStream& m_stream;
  CodecHandle m_codec;
  const Survey& m_survey;
  const DecodeLimits& m_limits;
  PacketHandle m_packet;
  FrameHandle m_shown, m_next;  // the last frame up to the time asked for, and the one behind it
  bool m_hasShown = false, m_hasNext = false, m_ended = false, m_draining = false;
  std::int64_t m_pixels = 0;  // decoded so far
};

// Width and height as seen, with at most `mostPixels`.
cv::Size shownSize(const AVFrame& frame, const AVStream& stream, std::int64_t mostPixels) {
  const AVRational aspect = frame.sample_aspect_ratio.num > 0 ? frame.sample_aspect_ratio : stream.sample_aspect_ratio;
  const double ratio = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1.0;
  const double width = frame.width * std::clamp(ratio, 0.1, 10.0), height = frame.height;
  const double scale = std::min(1.0, std::sqrt(static_cast<double>(mostPixels) / (width * height)));
  const auto side = [&](double length) { return std::max(static_cast<int>(std::lround(length * scale)), 1); };
  return {side(width), side(height)};
}

Result<RgbImage> pixelsOf(const AVFrame& frame, const AVStream& stream, const ByteSource& source,
                          const DecodeLimits& limits) {
  const cv::Size size = shownSize(frame, stream, limits.framePixels);
  const auto format = static_cast<AVPixelFormat>(frame.format);
  constexpr int kHow = SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  const ScalerHandle scaler(sws_getContext(frame.width, frame.height, format, size.width, size.height, AV_PIX_FMT_RGB24,
                                           kHow, nullptr, nullptr, nullptr));
  const tl::unexpected<Error> unsupported = fail(
      ErrorCode::Unsupported, source.name() + " stores its colours in a way that is not read; save it as MP4 or WebM.");
  if (!scaler) return unsupported;
  const bool unsaid = frame.colorspace == AVCOL_SPC_UNSPECIFIED || frame.colorspace == AVCOL_SPC_RGB;
  const int matrix = unsaid ? (frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601) : frame.colorspace;
  // Refused for formats without luma, which need none of it.
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(matrix), frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0,
                           sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  cv::Mat pixels(size, CV_8UC3);
  std::uint8_t* const planes[4] = {pixels.data, nullptr, nullptr, nullptr};
  const int strides[4] = {static_cast<int>(pixels.step[0]), 0, 0, 0};
  if (sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, planes, strides) != size.height) {
    return unsupported;
  }
  const auto* const matrixData =
      reinterpret_cast<const std::int32_t*>(av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
  pixels = upright(std::move(pixels), orientationOf(matrixData));
  RgbImage image{.width = pixels.cols, .height = pixels.rows, .pixels = {}};
  image.pixels.assign(pixels.datastart, pixels.dataend);  // continuous: every step above made a fresh one
  return image;
}

// Frames of one pass, and when the first was due that could not be decoded, nor anything behind it.
struct Pass {
  std::vector<VideoClip::Frame> frames;
  std::optional<double> brokenAt;  // seconds
};

// `start` and `end` in seconds from the clip's first frame.
Result<Pass> decodePass(ByteSource& source, const Survey& survey, int count, double start, double end,
                        const DecodeLimits& limits) {
  auto player = Player::open(source, survey, limits);
  if (!player) return tl::unexpected(std::move(player.error()));
  const AVStream& stream = (*player)->stream();
  const double unit = av_q2d(stream.time_base);
  Pass pass;
  for (int i = 0; i < count; ++i) {
    const double seconds = start + (i + 0.5) * (end - start) / count;
    const std::int64_t time = survey.shown.front() + static_cast<std::int64_t>(seconds / unit);
    const AVFrame* const frame = (*player)->at(time);
    if ((*player)->tooMuch()) {
      return fail(
          ErrorCode::BadInput,
          source.name() + " takes too long to read: its key frames lie too far apart. Cut out the part that matters.");
    }
    const std::int64_t due = survey.frameAt(time);
    const bool late = frame != nullptr && static_cast<double>(due - frame->best_effort_timestamp) * unit > kLeastTold;
    if (frame == nullptr || (late && (*player)->atEnd())) {
      pass.brokenAt = seconds;
      return pass;
    }
    auto image = pixelsOf(*frame, stream, source, limits);
    if (!image) return tl::unexpected(std::move(image.error()));
    pass.frames.push_back({seconds, std::move(*image)});
  }
  return pass;
}

struct Promised {
  double unit = 0;     // seconds that the stream counts in
  double seconds = 0;  // length that the container claims; 0: it claims none
};

Result<Promised> promisedBy(ByteSource& source, const DecodeLimits& limits) {
  const auto file = openMedia(source, limits);
  if (!file) return tl::unexpected(file.error());
  const AVStream* const stream = videoIn(*file->input);
  if (stream == nullptr) return damagedMedia(source, AVERROR_INVALIDDATA);
  const double unit = av_q2d(stream->time_base);
  const bool guessed = file->input->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
  if (!guessed && stream->duration != AV_NOPTS_VALUE)
    return Promised{unit, static_cast<double>(stream->duration) * unit};
  // Matroska keeps one length for all streams.
  const bool whole = !guessed && file->input->duration != AV_NOPTS_VALUE && file->input->nb_streams == 1;
  return Promised{unit, whole ? static_cast<double>(file->input->duration) / AV_TIME_BASE : 0.0};
}

}  // namespace

Result<VideoClip> decodeClipFrom(ByteSource& source, const ClipSampling& sampling, const DecodeLimits& limits) {
  if (sampling.frames < 1 || sampling.frames > kMostFrames) {
    return fail(ErrorCode::BadInput, "1 to " + std::to_string(kMostFrames) + " frames of a clip can be chosen, not " +
                                         std::to_string(sampling.frames) + ".");
  }
  const auto found = survey(source, limits);
  if (!found) return tl::unexpected(found.error());
  auto promised = promisedBy(source, limits);
  if (!promised) return tl::unexpected(promised.error());
  const double length = static_cast<double>(found->end - found->shown.front()) * promised->unit;
  const double start = std::max(sampling.startSeconds, 0.0);
  double end = std::min(sampling.endSeconds, length);
  if (!(start < end)) {
    return fail(ErrorCode::BadInput, source.name() + " is " + secondsText(length) + " long; it has nothing between " +
                                         secondsText(start) + " and " + secondsText(sampling.endSeconds) + ".");
  }
  VideoClip clip;
  double readable = length;
  for (int attempt = 0; attempt < kMostPasses; ++attempt) {
    auto pass = decodePass(source, *found, sampling.frames, start, end, limits);
    if (!pass) return tl::unexpected(std::move(pass.error()));
    clip.frames = std::move(pass->frames);
    if (!pass->brokenAt) break;
    readable = end = *pass->brokenAt;  // once more, over what comes before
  }
  if (clip.frames.empty()) return damagedMedia(source, AVERROR_INVALIDDATA);
  clip.seconds = readable;
  const double missing = std::max(promised->seconds, length) - readable;
  clip.missingSeconds = missing > std::max(kLeastTold, readable / 20) ? missing : 0;
  return clip;
}

}  // namespace xllm::media
