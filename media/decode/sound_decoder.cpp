#include "media/decode/sound_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "media/decode/ffmpeg.h"
#include "media/decode/media_file.h"

namespace xllm::media {
namespace {

constexpr int kRateHz = 16000;
constexpr int kLowestRateHz = 1000;
constexpr int kHighestRateHz = 768'000;
constexpr int kMostChannels = 64;  // libswresample's own limit

int soundIndex(AVFormatContext& input) { return av_find_best_stream(&input, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0); }

// What the file says about the length of its sound; nothing where FFmpeg would only be guessing.
std::optional<double> declaredSeconds(const AVFormatContext& input, const AVStream& stream) {
  if (stream.duration == AV_NOPTS_VALUE || input.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) {
    return std::nullopt;
  }
  // Programs that write WAV into a pipe cannot know the length and put the largest number there.
  const double seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  const bool isPlaceholder = stream.codecpar->block_align > 0 && std::string_view(input.iformat->name) == "wav" &&
                             seconds * stream.codecpar->sample_rate * stream.codecpar->block_align > 2'146'000'000.0;
  if (isPlaceholder || seconds < 0) return std::nullopt;
  return seconds;
}

std::string minutes(double seconds) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f minutes", seconds / 60);
  return text;
}

tl::unexpected<Error> tooLong(const ByteSource& source, const DecodeLimits& limits) {
  return fail(ErrorCode::BadInput, source.name() + " is longer than " + minutes(limits.seconds) +
                                       ", the most that is read; cut out the part that matters.");
}

// Frames of any rate, layout and sample format to 16 kHz mono, gathered.
class Gatherer {
 public:
  explicit Gatherer(double mostSeconds) : m_most(static_cast<std::size_t>(mostSeconds * kRateHz)) {}

  enum class Added { Yes = 1, TooLong, Unusable };

  Added add(const AVFrame& frame) {
    const int channels = frame.ch_layout.nb_channels;
    if (frame.sample_rate < kLowestRateHz || frame.sample_rate > kHighestRateHz || channels < 1 ||
        channels > kMostChannels || frame.nb_samples < 0) {
      return Added::Unusable;
    }
    if (!m_resampler || frame.sample_rate != m_rate || frame.format != m_format ||
        av_channel_layout_compare(&frame.ch_layout, &m_layout) != 0) {
      if (drain() == Added::TooLong) return Added::TooLong;
      if (!start(frame)) return Added::Unusable;
    }
    const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(m_format)) != 0;
    m_planes.assign(frame.extended_data, frame.extended_data + (planar ? channels : 1));
    return convert(m_planes.data(), frame.nb_samples);
  }

  // What the resampler still holds.
  Added drain() {
    const Added added = m_resampler ? convert(nullptr, 0) : Added::Yes;
    m_resampler.reset();
    return added;
  }

  ~Gatherer() { av_channel_layout_uninit(&m_layout); }
  Gatherer() = delete;
  Gatherer(const Gatherer&) = delete;
  Gatherer& operator=(const Gatherer&) = delete;

  std::vector<float>& samples() { return m_samples; }

 private:
  bool start(const AVFrame& frame) {
    m_rate = frame.sample_rate;
    m_format = frame.format;
    if (av_channel_layout_copy(&m_layout, &frame.ch_layout) < 0) throw std::bad_alloc();
    AVChannelLayout from{};
    if (m_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(&from, m_layout.nb_channels);
    } else if (av_channel_layout_copy(&from, &m_layout) < 0) {
      throw std::bad_alloc();
    }
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    SwrContext* made = nullptr;
    int status = swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_FLT, kRateHz, &from,
                                     static_cast<AVSampleFormat>(m_format), m_rate, 0, nullptr);
    av_channel_layout_uninit(&from);
    m_resampler.reset(made);
    // An average of the channels, not a sum: two full-scale channels must not clip.
    if (status >= 0) status = av_opt_set_double(made, "rematrix_maxval", 1.0, 0);
    if (status >= 0) status = swr_init(made);
    if (status < 0) m_resampler.reset();
    return status >= 0;
  }

  Added convert(const std::uint8_t** data, int count) {
    const int room = swr_get_out_samples(m_resampler.get(), count);
    if (room < 0) return Added::Unusable;
    // Decided before the memory is taken; the second is what the resampler may hold on top.
    if (m_samples.size() + static_cast<std::size_t>(room) > m_most + kRateHz) return Added::TooLong;
    const std::size_t before = m_samples.size();
    m_samples.resize(before + static_cast<std::size_t>(room));
    auto* to = reinterpret_cast<std::uint8_t*>(m_samples.data() + before);
    const int made = swr_convert(m_resampler.get(), &to, room, data, count);
    m_samples.resize(before + static_cast<std::size_t>(std::max(made, 0)));
    if (made < 0) return Added::Unusable;
    return m_samples.size() > m_most ? Added::TooLong : Added::Yes;
  }

  const std::size_t m_most;
  ResamplerHandle m_resampler;
  int m_rate = 0;
  int m_format = -1;
  AVChannelLayout m_layout{};
  std::vector<const std::uint8_t*> m_planes;
  std::vector<float> m_samples;
};

struct Tally {
  std::int64_t goodFrames = 0;
  std::int64_t badPackets = 0;
};

// Which frames belong to the part that is wanted.
class Window {
 public:
  // `zero`: where the file's time begins, in seconds of its streams' clocks.
  Window(const AVStream& stream, const std::optional<SoundSpan>& span, double zero)
      : m_unit(av_q2d(stream.time_base)), m_zero(zero) {
    if (span) m_span = *span;
  }

  bool isBefore(const AVFrame& frame) const {
    const auto time = timeOf(frame);
    return time && *time + lengthOf(frame) <= m_span.startSeconds;
  }
  bool isBehind(const AVFrame& frame) const {
    const auto time = timeOf(frame);
    return time && *time >= m_span.endSeconds;
  }
  void take(const AVFrame& frame) {
    if (!m_first) m_first = timeOf(frame).value_or(m_span.startSeconds);
  }
  // What of the frames that were taken hangs out over either end.
  void trim(std::vector<float>& samples) const {
    const double early = m_span.startSeconds - m_first.value_or(m_span.startSeconds);
    const auto count = [](double seconds) { return static_cast<std::size_t>(std::lround(seconds * kRateHz)); };
    if (m_span.startSeconds > 0 && early > 0) {
      samples.erase(samples.begin(),
                    samples.begin() + static_cast<std::ptrdiff_t>(std::min(count(early), samples.size())));
    }
    const double late = std::max(-early, 0.0);  // the sound begins behind the start
    const double most = m_span.endSeconds - m_span.startSeconds - late;
    if (std::isfinite(most)) samples.resize(std::min(samples.size(), count(std::max(most, 0.0))));
  }

 private:
  std::optional<double> timeOf(const AVFrame& frame) const {
    if (frame.best_effort_timestamp == AV_NOPTS_VALUE) return std::nullopt;
    return static_cast<double>(frame.best_effort_timestamp) * m_unit - m_zero;
  }
  static double lengthOf(const AVFrame& frame) {
    return frame.sample_rate > 0 ? static_cast<double>(frame.nb_samples) / frame.sample_rate : 0;
  }

  SoundSpan m_span;
  double m_unit, m_zero;
  std::optional<double> m_first;  // of the frames that were taken
};

enum class Received { All = 1, Enough, TooLong, Unusable };

// Moves decoded frames on until the decoder wants more. An error here belongs to the packet before.
Received receive(AVCodecContext& codec, AVFrame& frame, Window& window, Gatherer& gatherer, Tally& tally) {
  for (;;) {
    const int status = avcodec_receive_frame(&codec, &frame);
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return Received::All;
    if (status == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (status < 0) {
      ++tally.badPackets;
      return Received::All;
    }
    if (window.isBehind(frame)) return Received::Enough;
    if (window.isBefore(frame)) continue;
    window.take(frame);
    const Gatherer::Added added = gatherer.add(frame);
    if (added == Gatherer::Added::TooLong) return Received::TooLong;
    if (added == Gatherer::Added::Unusable) return Received::Unusable;
    ++tally.goodFrames;
  }
}

Received decodeAll(AVFormatContext& input, int stream, AVCodecContext& codec, Window& window, Gatherer& gatherer,
                   Tally& tally) {
  const PacketHandle packet(orNoMemory(av_packet_alloc()));
  const FrameHandle frame(orNoMemory(av_frame_alloc()));
  auto received = Received::All;
  while (received == Received::All && av_read_frame(&input, packet.get()) >= 0) {
    if (packet->stream_index == stream) {
      if (avcodec_send_packet(&codec, packet.get()) < 0) ++tally.badPackets;
      received = receive(codec, *frame, window, gatherer, tally);
    }
    av_packet_unref(packet.get());
  }
  if (received == Received::All) {
    avcodec_send_packet(&codec, nullptr);
    received = receive(codec, *frame, window, gatherer, tally);
  }
  if (received == Received::TooLong || received == Received::Unusable) return received;
  switch (gatherer.drain()) {
    case Gatherer::Added::TooLong: return Received::TooLong;
    case Gatherer::Added::Unusable: return Received::Unusable;
    case Gatherer::Added::Yes: break;
  }
  return received;
}

// A clip's time begins with its first frame.
double zeroOf(const AVFormatContext& input, const AVStream& sound) {
  const AVStream* const video = videoIn(input);
  const AVStream& first = video != nullptr && video->start_time != AV_NOPTS_VALUE ? *video : sound;
  return first.start_time != AV_NOPTS_VALUE ? static_cast<double>(first.start_time) * av_q2d(first.time_base) : 0.0;
}

// To a little before `seconds`: some codecs need what comes before to begin cleanly.
void jumpNear(AVFormatContext& input, const AVStream& stream, double seconds) {
  constexpr double kLeadSeconds = 0.5;
  const double time = (seconds - kLeadSeconds) / av_q2d(stream.time_base);
  if (seconds <= kLeadSeconds || std::abs(time) > 1e18) return;
  (void)av_seek_frame(&input, stream.index, static_cast<std::int64_t>(time), AVSEEK_FLAG_BACKWARD);
}

}  // namespace

Result<AudioClip> decodeSoundFrom(ByteSource& source, const std::optional<SoundSpan>& span, const DecodeLimits& limits,
                                  StoredSound* stored) {
  if (!span && source.size() > limits.soundBytes) {
    return fail(ErrorCode::BadInput, source.name() + " is too large: it has " +
                                         std::to_string(source.size() / 1'000'000) + " million bytes, and at most " +
                                         std::to_string(limits.soundBytes / 1'000'000) + " million are read.");
  }
  auto file = openMedia(source, limits);
  if (!file) return tl::unexpected(std::move(file.error()));
  AVFormatContext& input = *file->input;
  const int index = soundIndex(input);
  if (index < 0) return fail(ErrorCode::BadInput, source.name() + " has no sound in it.");
  const AVStream& stream = *input.streams[index];
  const double zero = zeroOf(input, stream);
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (static_cast<int>(i) != index) input.streams[i]->discard = AVDISCARD_ALL;
  }
  const double declared = declaredSeconds(input, stream).value_or(0.0);  // 0: nothing is declared
  if (stored != nullptr) {
    *stored = {stream.codecpar->sample_rate, stream.codecpar->ch_layout.nb_channels, declared};
  }
  const double wanted = span && declared > 0 ? std::min(span->endSeconds, declared) - span->startSeconds : declared;
  if (wanted > limits.seconds) return tooLong(source, limits);

  const AVCodec* const codec = avcodec_find_decoder(stream.codecpar->codec_id);
  const tl::unexpected<Error> unsupported =
      fail(ErrorCode::Unsupported, source.name() + " holds sound in a form that is not read (" +
                                       avcodec_get_name(stream.codecpar->codec_id) + "); save it as WAV, FLAC or MP3.");
  if (codec == nullptr) return unsupported;
  const CodecHandle context(orNoMemory(avcodec_alloc_context3(codec)));
  if (avcodec_parameters_to_context(context.get(), stream.codecpar) < 0) throw std::bad_alloc();
  context->pkt_timebase = stream.time_base;
  context->thread_count = 1;
  if (avcodec_open2(context.get(), codec, nullptr) < 0) return unsupported;

  if (span) jumpNear(input, stream, span->startSeconds + zero);
  Window window(stream, span, zero);
  Gatherer gatherer(limits.seconds);
  Tally tally;
  switch (decodeAll(input, index, *context, window, gatherer, tally)) {
    case Received::TooLong: return tooLong(source, limits);
    case Received::Unusable: return unsupported;
    case Received::All:
    case Received::Enough: break;
  }
  window.trim(gatherer.samples());
  AudioClip clip{.sampleRateHz = kRateHz, .samples = std::move(gatherer.samples())};
  const double missing = span ? 0 : declared - clip.seconds();
  if (tally.badPackets > tally.goodFrames || missing > std::max(1.0, declared / 20)) {
    return damagedMedia(source, AVERROR_INVALIDDATA);
  }
  if (clip.samples.empty()) {
    return fail(ErrorCode::BadInput,
                source.name() + " has no sound in it: " + (span ? "none in this part." : "it is 0 seconds long."));
  }
  for (float& sample : clip.samples) sample = std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
  return clip;
}

}  // namespace xllm::media
