#include "core/data/sound_levels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace xllm::data {

namespace {
constexpr float kLimit = 0.98F;  // a little below full scale: other rates and lossy formats move samples
constexpr std::size_t kRun = 4;
}  // namespace

SoundLevels levelsOf(const AudioClip& clip) {
  SoundLevels levels;
  const auto& samples = clip.samples;
  if (samples.empty()) return levels;
  std::size_t run = 0, clipped = 0;
  float peak = 0;
  for (const float sample : samples) {
    const float size = std::abs(sample);
    peak = std::max(peak, size);
    run = size >= kLimit ? run + 1 : 0;
    if (run >= kRun) clipped += run == kRun ? kRun : 1;
  }
  levels.peak = peak;
  levels.clipped = static_cast<double>(clipped) / static_cast<double>(samples.size());
  const auto window = static_cast<std::size_t>(std::max(clip.sampleRateHz / 40, 1));
  std::vector<double> powers;
  for (std::size_t at = 0; at < samples.size(); at += window) {
    const std::size_t end = std::min(at + window, samples.size());
    double sum = 0;
    for (std::size_t i = at; i < end; ++i) sum += static_cast<double>(samples[i]) * samples[i];
    powers.push_back(sum / static_cast<double>(end - at));
  }
  const auto place = powers.begin() + static_cast<std::ptrdiff_t>((powers.size() - 1) * 99 / 100);
  std::nth_element(powers.begin(), place, powers.end());
  levels.loudestDb = 10 * std::log10(std::max(*place, 1e-20));
  return levels;
}

}  // namespace xllm::data
