#include "media/audio/level_meter.h"

#include <algorithm>
#include <cmath>

namespace xllm::media {

namespace {

double decibels(double amplitude) {
  return amplitude > 0 ? std::clamp(20 * std::log10(amplitude), Level::kSilentDb, 0.0) : Level::kSilentDb;
}

}  // namespace

void LevelMeter::push(std::span<const float> samples, bool clipped) {
  for (const float sample : samples) {
    m_squares += static_cast<double>(sample) * sample;
    m_peak = std::max(m_peak, std::abs(sample));
  }
  m_count += samples.size();
  m_clipped |= clipped;
}

Level LevelMeter::take() {
  Level level;
  if (m_count > 0) {
    level.rmsDb = decibels(std::sqrt(m_squares / static_cast<double>(m_count)));
    level.peakDb = decibels(m_peak);
    level.clipped = m_clipped;
  }
  *this = LevelMeter();
  return level;
}

}  // namespace xllm::media
