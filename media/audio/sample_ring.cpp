#include "media/audio/sample_ring.h"

#include <algorithm>

namespace xllm::media {

void SampleRing::push(std::span<const float> samples) {
  if (samples.size() > m_samples.size()) {
    m_lost += samples.size() - m_samples.size();
    samples = samples.last(m_samples.size());
  }
  if (const std::size_t room = m_samples.size() - m_size; samples.size() > room) {
    m_lost += samples.size() - room;
    drop(samples.size() - room);
  }
  const std::size_t end = (m_first + m_size) % m_samples.size();
  const std::size_t untilWrap = std::min(samples.size(), m_samples.size() - end);
  std::ranges::copy(samples.first(untilWrap), m_samples.begin() + static_cast<std::ptrdiff_t>(end));
  std::ranges::copy(samples.subspan(untilWrap), m_samples.begin());
  m_size += samples.size();
}

bool SampleRing::take(std::span<float> to) {
  if (to.size() > m_size) return false;
  const std::span<const float> all = m_samples;
  const std::size_t untilWrap = std::min(to.size(), m_samples.size() - m_first);
  std::ranges::copy(all.subspan(m_first, untilWrap), to.begin());
  std::ranges::copy(all.first(to.size() - untilWrap), to.begin() + static_cast<std::ptrdiff_t>(untilWrap));
  drop(to.size());
  return true;
}

void SampleRing::drop(std::size_t count) {
  count = std::min(count, m_size);
  m_first = (m_first + count) % m_samples.size();
  m_size -= count;
}

}  // namespace xllm::media
