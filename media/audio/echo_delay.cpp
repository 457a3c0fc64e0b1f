#include "media/audio/echo_delay.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace xllm::media {

namespace {

constexpr int kFramesBetweenLooks = 25;
constexpr int kAgreement = 2;           // frames
constexpr double kLeastLikeness = 0.6;  // correlation of the loudness of an echo with that of its cause
constexpr double kLeastLead = 0.05;     // over delays that are not near it
constexpr int kNear = 8;                // frames
constexpr double kLeastVariance = 0.1;  // of a played loudness that says anything

// As people hear it: logarithmic, from -60 dB on.
float loudness(std::span<const float> samples) {
  const double energy = std::inner_product(samples.begin(), samples.end(), samples.begin(), 0.0);
  return static_cast<float>(std::log10(energy / static_cast<double>(samples.size()) + 1e-6));
}

struct Compared {
  double likeness = 0;
  double variance = 0;  // of the first
};

Compared compare(std::span<const float> first, std::span<const float> second) {
  const auto count = static_cast<double>(first.size());
  const double meanFirst = std::accumulate(first.begin(), first.end(), 0.0) / count;
  const double meanSecond = std::accumulate(second.begin(), second.end(), 0.0) / count;
  double both = 0, ours = 0, theirs = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    both += (first[i] - meanFirst) * (second[i] - meanSecond);
    ours += (first[i] - meanFirst) * (first[i] - meanFirst);
    theirs += (second[i] - meanSecond) * (second[i] - meanSecond);
  }
  return {.likeness = ours > 0 && theirs > 0 ? both / std::sqrt(ours * theirs) : 0, .variance = ours / count};
}

}  // namespace

void EchoDelay::push(std::span<const float, EchoCanceller::kFrame> played,
                     std::span<const float, EchoCanceller::kFrame> heard) {
  m_played[m_next] = loudness(played);
  m_heard[m_next] = loudness(heard);
  m_next = (m_next + 1) % kHistory;
  if (--m_framesUntilLook == 0) look();
}

void EchoDelay::look() {
  m_framesUntilLook = kFramesBetweenLooks;
  const std::optional<int> before = m_guess;
  m_guess = guess();
  if (m_guess && before && std::abs(*m_guess - *before) <= kAgreement) m_found = m_guess;
}

std::optional<int> EchoDelay::guess() const {
  std::array<float, kHistory> played{}, heard{};
  std::rotate_copy(m_played.begin(), m_played.begin() + static_cast<std::ptrdiff_t>(m_next), m_played.end(),
                   played.begin());
  std::rotate_copy(m_heard.begin(), m_heard.begin() + static_cast<std::ptrdiff_t>(m_next), m_heard.end(),
                   heard.begin());
  std::array<double, kLongest + 1> likeness{};
  for (int delay = 0; delay <= kLongest; ++delay) {
    const auto earlier = std::span<const float>(played).subspan(static_cast<std::size_t>(kLongest - delay), kWindow);
    const Compared compared = compare(earlier, std::span<const float>(heard).last(kWindow));
    likeness[static_cast<std::size_t>(delay)] = compared.variance < kLeastVariance ? 0 : compared.likeness;
  }
  const auto best = std::ranges::max_element(likeness);
  const int delay = static_cast<int>(best - likeness.begin());
  for (int other = 0; other <= kLongest; ++other) {
    if (std::abs(other - delay) > kNear && likeness[static_cast<std::size_t>(other)] > *best - kLeastLead) return {};
  }
  if (*best < kLeastLikeness) return {};
  return delay;
}

}  // namespace xllm::media
