#include "core/encoders/sound_windows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include <ATen/ATen.h>

#include "core/encoders/log_mel.h"

namespace xllm::encoders {
namespace {

constexpr std::int64_t kFewestSamples = kSpeechRateHz / 10;

class WindowedSpeechEncoder final : public SpeechEncoder {
 public:
  explicit WindowedSpeechEncoder(WindowedParts parts) : m_parts(std::move(parts)) {
    const auto longest = static_cast<std::int64_t>(m_parts.longestSeconds * kSpeechRateHz);
    m_longest = std::max<std::int64_t>(longest / m_parts.samplesPerFrame, 1) * m_parts.samplesPerFrame;
  }

  std::int64_t width() const override { return m_parts.width; }
  double framesPerSecond() const override {
    return static_cast<double>(kSpeechRateHz) / static_cast<double>(m_parts.samplesPerFrame);
  }

  Result<at::Tensor> encode(const AudioClip& sound, std::stop_token stop) const override {
    if (auto usable = checkSound(sound); !usable) return tl::unexpected(usable.error());
    const at::NoGradGuard noGradients;
    const auto count = static_cast<std::int64_t>(sound.samples.size());
    const at::Tensor samples = at::empty({count}, at::kFloat);
    std::copy(sound.samples.begin(), sound.samples.end(), samples.mutable_data_ptr<float>());
    std::vector<at::Tensor> parts;
    for (const auto& [begin, end] : equalWindows(count, m_longest, m_parts.samplesPerFrame)) {
      if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
      // Front ends need a tenth of a second; a last window may have less, which then borrows from the one before.
      const std::int64_t first = std::max<std::int64_t>(std::min(begin, end - kFewestSamples), 0);
      parts.push_back(m_parts.graph(m_parts.frontEnd(samples.slice(0, first, end)).unsqueeze(0)).squeeze(0));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
  }

 private:
  WindowedParts m_parts;
  std::int64_t m_longest = 0;  // samples
};

}  // namespace

Result<void> checkSound(const AudioClip& sound) {
  if (sound.sampleRateHz != kSpeechRateHz) {
    return fail(ErrorCode::BadInput, "The speech encoder needs sound at 16000 Hz, and this one has " +
                                         std::to_string(sound.sampleRateHz) + " Hz; resample it first.");
  }
  if (static_cast<std::int64_t>(sound.samples.size()) < kFewestSamples) {
    return fail(ErrorCode::BadInput, "The sound is shorter than a tenth of a second; record or choose a longer one.");
  }
  if (!std::isfinite(std::accumulate(sound.samples.begin(), sound.samples.end(), 0.0))) {
    return fail(ErrorCode::BadInput, "The sound holds values that are not numbers; decode or record it again.");
  }
  return {};
}

std::vector<std::pair<std::int64_t, std::int64_t>> equalWindows(std::int64_t samples, std::int64_t longest,
                                                                std::int64_t step) {
  const std::int64_t count = (samples + longest - 1) / longest;
  const std::int64_t steps = (samples + count * step - 1) / (count * step);
  std::vector<std::pair<std::int64_t, std::int64_t>> parts;
  for (std::int64_t begin = 0; begin < samples; begin += steps * step) {
    parts.emplace_back(begin, std::min(begin + steps * step, samples));
  }
  return parts;
}

std::unique_ptr<SpeechEncoder> windowedSpeechEncoder(WindowedParts parts) {
  return std::make_unique<WindowedSpeechEncoder>(std::move(parts));
}

}  // namespace xllm::encoders
