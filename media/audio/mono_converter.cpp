#include "media/audio/mono_converter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

extern "C" {
#include <libswresample/swresample.h>
}

namespace xllm::media {

namespace {

constexpr int kLowestRateHz = 1000, kHighestRateHz = 768'000;
constexpr int kMostChannels = 64;

SwrContext* makeResampler(int fromHz, int toHz) {
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  SwrContext* made = nullptr;
  int status = swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_FLT, toHz, &mono, AV_SAMPLE_FMT_FLT, fromHz, 0, nullptr);
  if (status >= 0) status = swr_init(made);
  if (status < 0) swr_free(&made);
  return made;
}

// Appends what `resampler` makes of `samples` to `out`; an empty span: what it still holds.
void resample(SwrContext& resampler, std::span<const float> samples, std::vector<float>& out) {
  const int count = static_cast<int>(samples.size());
  const int room = std::max(0, swr_get_out_samples(&resampler, count));
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(room));
  auto* to = reinterpret_cast<std::uint8_t*>(out.data() + before);
  const auto* from = reinterpret_cast<const std::uint8_t*>(samples.data());
  const int made = swr_convert(&resampler, &to, room, samples.empty() ? nullptr : &from, count);
  out.resize(before + static_cast<std::size_t>(std::max(0, made)));
}

template <typename T>
T at(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

struct Scaled {
  float value;
  bool atLimit;
};

template <typename T>
Scaled scaled(T value) {
  using Limits = std::numeric_limits<T>;
  return {static_cast<float>(value) / -static_cast<float>(Limits::min()),
          value == Limits::max() || value == Limits::min()};
}

Scaled sampleAt(const char* bytes, QAudioFormat::SampleFormat format) {
  switch (format) {
    case QAudioFormat::UInt8: return scaled<std::int8_t>(static_cast<std::int8_t>(at<std::uint8_t>(bytes) - 128));
    case QAudioFormat::Int16: return scaled(at<std::int16_t>(bytes));
    case QAudioFormat::Int32: return scaled(at<std::int32_t>(bytes));
    default: break;
  }
  const float value = at<float>(bytes);
  if (!std::isfinite(value)) return {0, false};
  return {std::clamp(value, -1.0F, 1.0F), std::abs(value) >= 1};
}

void writeSample(char* to, QAudioFormat::SampleFormat format, float value) {
  const double whole = std::clamp(static_cast<double>(value), -1.0, 1.0);
  const auto put = [to](auto number) { std::memcpy(to, &number, sizeof(number)); };
  switch (format) {
    case QAudioFormat::UInt8: return put(static_cast<std::uint8_t>(std::lround(whole * 127) + 128));
    case QAudioFormat::Int16: return put(static_cast<std::int16_t>(std::lround(whole * 32767)));
    case QAudioFormat::Int32: return put(static_cast<std::int32_t>(std::llround(whole * 2147483647.0)));
    default: return put(static_cast<float>(whole));
  }
}

Result<void> checkFormat(const QAudioFormat& format) {
  if (format.isValid() && format.bytesPerSample() > 0 && format.channelCount() <= kMostChannels &&
      format.sampleRate() >= kLowestRateHz && format.sampleRate() <= kHighestRateHz) {
    return {};
  }
  return fail(ErrorCode::Unsupported, "The sound device works with " + std::to_string(format.sampleRate()) + " Hz, " +
                                          std::to_string(format.channelCount()) +
                                          " channels and a sample format that this program does not know. Choose "
                                          "another device.");
}

}  // namespace

void MonoConverter::FreeResampler::operator()(SwrContext* resampler) const { swr_free(&resampler); }

MonoConverter::MonoConverter() = default;
MonoConverter::~MonoConverter() = default;

Result<void> MonoConverter::setFormat(const QAudioFormat& from) {
  if (auto known = checkFormat(from); !known) return known;
  m_from = from;
  m_cut.clear();
  m_clipped = false;
  m_resampler.reset();
  if (from.sampleRate() == kListeningRateHz) return {};
  m_resampler.reset(makeResampler(from.sampleRate(), kListeningRateHz));
  if (!m_resampler) return fail(ErrorCode::OutOfMemory, "There is no memory for a resampler. Close other programs.");
  return {};
}

std::span<const float> MonoConverter::push(std::span<const char> bytes) {
  m_mono.clear();
  m_clipped = false;
  const auto frameBytes = static_cast<std::size_t>(m_from.bytesPerFrame());
  if (!m_cut.empty()) {
    const std::size_t missing = std::min(frameBytes - m_cut.size(), bytes.size());
    m_cut.insert(m_cut.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(missing));
    bytes = bytes.subspan(missing);
    if (m_cut.size() < frameBytes) return {};
    average(std::exchange(m_cut, {}));
  }
  const std::size_t whole = bytes.size() / frameBytes * frameBytes;
  average(bytes.first(whole));
  m_cut.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  if (!m_resampler || m_mono.empty()) return m_mono;
  m_out.clear();
  resample(*m_resampler, m_mono, m_out);
  return m_out;
}

void MonoConverter::average(std::span<const char> frames) {
  const auto channels = static_cast<std::size_t>(m_from.channelCount());
  const auto sampleBytes = static_cast<std::size_t>(m_from.bytesPerSample());
  const float share = 1.0F / static_cast<float>(channels);
  for (const char* sample = frames.data(); sample != frames.data() + frames.size();) {
    float sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel, sample += sampleBytes) {
      const Scaled read = sampleAt(sample, m_from.sampleFormat());
      sum += read.value;
      m_clipped |= read.atLimit;
    }
    m_mono.push_back(sum * share);
  }
}

Result<QByteArray> toDeviceFormat(const AudioClip& clip, const QAudioFormat& to) {
  if (auto known = checkFormat(to); !known) return tl::unexpected(known.error());
  std::vector<float> resampled;
  if (clip.sampleRateHz != to.sampleRate() && !clip.samples.empty()) {
    SwrContext* resampler = makeResampler(clip.sampleRateHz, to.sampleRate());
    if (resampler == nullptr) {
      return fail(ErrorCode::Unsupported,
                  "A recording of " + std::to_string(clip.sampleRateHz) + " Hz cannot be played.");
    }
    resample(*resampler, clip.samples, resampled);
    resample(*resampler, {}, resampled);
    swr_free(&resampler);
  }
  const std::vector<float>& samples = resampled.empty() ? clip.samples : resampled;
  QByteArray bytes(static_cast<qsizetype>(samples.size()) * to.bytesPerFrame(), Qt::Uninitialized);
  char* place = bytes.data();
  for (const float sample : samples) {
    for (int channel = 0; channel < to.channelCount(); ++channel, place += to.bytesPerSample()) {
      writeSample(place, to.sampleFormat(), sample);
    }
  }
  return bytes;
}

}  // namespace xllm::media
