#include "media/decode/clip_player.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <utility>

#include <opencv2/core.hpp>

#include "media/decode/upright.h"

namespace xllm::media {
namespace {

constexpr std::int64_t kThreadedPixels = 1'000'000;  // frames larger than this are decoded by several threads
constexpr int kMostThreads = 4;                      // each holds a frame
constexpr double kDecodeOnSeconds = 1.0;             // nearer than this a jump saves nothing
constexpr double kFarthestBackSeconds = 64.0;        // where an index leads behind the time asked for

bool isWhole(const AVFrame& frame) {
  return (frame.flags & AV_FRAME_FLAG_CORRUPT) == 0 && frame.decode_error_flags == 0 && frame.width > 0 &&
         frame.height > 0 && frame.best_effort_timestamp != AV_NOPTS_VALUE;
}

const std::int32_t* displayMatrix(const AVStream& stream) {
  return reinterpret_cast<const std::int32_t*>(av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
}

double pixelAspect(const AVRational& ofFrame, const AVStream& stream) {
  const AVRational aspect = ofFrame.num > 0 ? ofFrame : stream.sample_aspect_ratio;
  return aspect.num > 0 && aspect.den > 0 ? std::clamp(av_q2d(aspect), 0.1, 10.0) : 1.0;
}

}  // namespace

Result<std::unique_ptr<ClipPlayer>> ClipPlayer::open(ByteSource& source, const ClipSurvey& survey,
                                                     const DecodeLimits& limits, std::int64_t mostPixels) {
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
  const bool isLarge = std::int64_t{stream->codecpar->width} * stream->codecpar->height > kThreadedPixels;
  context->thread_count =
      isLarge ? std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMostThreads) : 1;
  context->max_pixels = limits.pixels;
  if (avcodec_open2(context.get(), codec, nullptr) < 0) return unsupported;
  return std::unique_ptr<ClipPlayer>(new ClipPlayer(std::move(*file), *stream, std::move(context), survey, mostPixels));
}

ClipPlayer::ClipPlayer(MediaFile file, const AVStream& stream, CodecHandle codec, const ClipSurvey& survey,
                       std::int64_t mostPixels)
    : m_file(std::move(file)),
      m_stream(stream),
      m_codec(std::move(codec)),
      m_survey(survey),
      m_mostPixels(mostPixels),
      m_packet(orNoMemory(av_packet_alloc())),
      m_shown(orNoMemory(av_frame_alloc())),
      m_next(orNoMemory(av_frame_alloc())),
      m_reached(survey.start) {}

const AVFrame* ClipPlayer::at(std::int64_t time) {
  jumpTowards(time);
  m_due = m_survey.ofEveryFrame ? m_survey.frameAt(time) : m_survey.start;
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

const AVFrame* ClipPlayer::near(std::int64_t time, std::int64_t tolerance) {
  const auto isNear = [&] { return m_hasNext && std::llabs(m_next->best_effort_timestamp - time) <= tolerance; };
  if (!isNear()) {
    jumpTowards(time + tolerance);
    if (!m_hasNext && !m_ended) m_hasNext = decodeNext();
  }
  if (isNear()) return m_next.get();
  if (!tooMuch()) return at(time);
  if (m_hasNext && (m_next->best_effort_timestamp <= time || !m_hasShown)) return m_next.get();
  return m_hasShown ? m_shown.get() : nullptr;
}

std::int64_t ClipPlayer::dueAt(std::int64_t time, const AVFrame& frame) const {
  if (m_survey.ofEveryFrame) return m_survey.frameAt(time);
  return atEnd() ? time - std::max<std::int64_t>(frame.pkt_duration, 0) : frame.best_effort_timestamp;
}

void ClipPlayer::jumpTowards(std::int64_t time) {
  if (!m_survey.ofEveryFrame) return jumpByContainer(time);
  const auto& keys = m_survey.keys;
  const auto after =
      std::upper_bound(keys.begin(), keys.end(), time, [](std::int64_t t, const auto& key) { return t < key.shown; });
  if (after == keys.begin()) return;
  const ClipSurvey::Key key = *(after - 1);
  const std::int64_t reached = m_hasNext ? m_next->best_effort_timestamp : m_survey.start;
  if (key.shown > reached) (void)jump(key.decoded);
}

// An index tells when frames are decoded, not when they are seen: it may lead to a key frame that is seen too late.
void ClipPlayer::jumpByContainer(std::int64_t time) {
  const auto units = [this](double seconds) { return static_cast<std::int64_t>(seconds / m_survey.unit); };
  if (time - (m_hasNext ? m_next->best_effort_timestamp : m_reached) < units(kDecodeOnSeconds)) return;
  AVStream* const stream = m_file.input->streams[m_stream.index];
  const int entries = avformat_index_get_entries_count(stream);
  const AVIndexEntry* const last = entries > 0 ? avformat_index_get_entry(stream, entries - 1) : nullptr;
  if (last != nullptr && last->timestamp >= time) {
    const AVIndexEntry* const key = avformat_index_get_entry_from_timestamp(stream, time, AVSEEK_FLAG_BACKWARD);
    if (key != nullptr && key->timestamp <= m_reached) return;  // none lies between
  }
  for (double back = 0; jump(time - units(back)); back = back > 0 ? 4 * back : 1) {
    m_hasNext = decodeNext();
    if (!m_hasNext || m_next->best_effort_timestamp <= time || back > kFarthestBackSeconds) return;
    if (time - units(back) <= m_survey.start) return;
  }
}

bool ClipPlayer::jump(std::int64_t decodeTime) {
  if (av_seek_frame(m_file.input.get(), m_stream.index, decodeTime, AVSEEK_FLAG_BACKWARD) < 0) return false;
  avcodec_flush_buffers(m_codec.get());
  m_hasNext = m_ended = m_draining = false;
  return true;
}

// The next whole frame into m_next. False at the end.
bool ClipPlayer::decodeNext() {
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

void ClipPlayer::feed() {
  while (av_read_frame(m_file.input.get(), m_packet.get()) >= 0) {
    const bool ours = m_packet->stream_index == m_stream.index;
    if (ours) {
      const std::int64_t shown = m_packet->pts != AV_NOPTS_VALUE ? m_packet->pts : m_packet->dts;
      if (m_packet->dts != AV_NOPTS_VALUE) m_reached = m_packet->dts;
      // Frames that no other needs, and that are not to be seen themselves.
      const bool isPassedOver = shown != AV_NOPTS_VALUE && shown < m_due;
      m_codec->skip_frame = isPassedOver ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
      avcodec_send_packet(m_codec.get(), m_packet.get());
    }
    av_packet_unref(m_packet.get());
    if (ours) return;
  }
  avcodec_send_packet(m_codec.get(), nullptr);
  m_draining = true;
}

Result<RgbImage> pixelsOf(const AVFrame& frame, const AVStream& stream, const ByteSource& source,
                          std::int64_t mostPixels) {
  const double seenWidth = frame.width * pixelAspect(frame.sample_aspect_ratio, stream), seenHeight = frame.height;
  const double scale = std::min(1.0, std::sqrt(static_cast<double>(mostPixels) / (seenWidth * seenHeight)));
  const auto side = [&](double length) { return std::max(static_cast<int>(std::lround(length * scale)), 1); };
  const cv::Size size(side(seenWidth), side(seenHeight));
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
  pixels = upright(std::move(pixels), orientationOf(displayMatrix(stream)));
  RgbImage image{.width = pixels.cols, .height = pixels.rows, .pixels = {}};
  image.pixels.assign(pixels.datastart, pixels.dataend);  // continuous: every step above made a fresh one
  return image;
}

ShownSize shownSizeOf(const AVStream& stream) {
  const AVCodecParameters& stored = *stream.codecpar;
  const double width = std::max(stored.width, 0) * pixelAspect(stored.sample_aspect_ratio, stream);
  const auto across = static_cast<int>(std::lround(std::min(width, 1e6)));
  const bool turned = orientationOf(displayMatrix(stream)) >= 5;
  return turned ? ShownSize{stored.height, across} : ShownSize{across, stored.height};
}

}  // namespace xllm::media
