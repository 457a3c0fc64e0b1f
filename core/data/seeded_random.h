// Small deterministic random numbers: the same on every machine and compiler, and a fresh stream for every (seed,
// position), so that a run can go on from its position alone. Not for cryptography.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace xllm::data {

// SplitMix64 (Steele, Lea & Flood 2014).
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed, std::uint64_t stream = 0) : m_state(seed * 0xD1342543DE82EF95ULL) {
    m_state ^= next() + stream * 0x9E3779B97F4A7C15ULL;
    next();
  }

  std::uint64_t next() {
    std::uint64_t z = (m_state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  double between(double low, double high) { return low + (high - low) * uniform(); }
  std::int64_t below(std::int64_t bound) {  // 0 … bound − 1; bound > 0
    return static_cast<std::int64_t>(uniform() * static_cast<double>(bound));
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t last = items.size(); last > 1; --last) {
      std::swap(items[last - 1], items[static_cast<std::size_t>(below(static_cast<std::int64_t>(last)))]);
    }
  }

 private:
  std::uint64_t m_state;
};

}  // namespace xllm::data
