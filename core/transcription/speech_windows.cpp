#include "core/transcription/speech_windows.h"

#include <algorithm>
#include <cmath>

namespace xllm::transcription {
namespace {

// The middle of the quietest `width` samples within [from, to), looked for in steps of a tenth of it.
std::int64_t quietestPlace(std::span<const float> samples, std::int64_t from, std::int64_t to, std::int64_t width) {
  const std::int64_t step = std::max<std::int64_t>(width / 10, 1);
  std::int64_t place = to;
  double least = INFINITY;
  for (std::int64_t begin = from; begin + width <= to; begin += step) {
    double energy = 0;
    for (const float sample : samples.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(width)))
      energy += static_cast<double>(sample) * static_cast<double>(sample);
    if (energy >= least) continue;
    least = energy;
    place = begin + width / 2;
  }
  return place;
}

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> quietWindows(std::span<const float> samples, std::int64_t longest,
                                                                int sampleRateHz) {
  const auto count = static_cast<std::int64_t>(samples.size());
  std::vector<std::pair<std::int64_t, std::int64_t>> windows;
  std::int64_t begin = 0;
  while (count - begin > longest) {
    const std::int64_t end = quietestPlace(samples, begin + longest - longest / 5, begin + longest, sampleRateHz / 5);
    windows.emplace_back(begin, end);
    begin = end;
  }
  windows.emplace_back(begin, count);
  return windows;
}

}  // namespace xllm::transcription
