// How loud it is, for people to look at: the average and the peak since they looked last.
#pragma once

#include <cstddef>
#include <span>

namespace xllm::media {

struct Level {
  static constexpr double kSilentDb = -90;
  double rmsDb = kSilentDb, peakDb = kSilentDb;  // decibels below full scale, kSilentDb … 0
  bool clipped = false;
};

// One thread at a time.
class LevelMeter {
 public:
  void push(std::span<const float> samples, bool clipped = false);
  Level take();  // of everything pushed since the last take(); silence where nothing was

 private:
  double m_squares = 0;
  float m_peak = 0;
  std::size_t m_count = 0;
  bool m_clipped = false;
};

}  // namespace xllm::media
