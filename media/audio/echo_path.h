// Brings what is heard and what was played together, frame by frame, though they come from two clocks and by ways of
// different length: a canceller that is fed by a tap.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "media/audio/echo_canceller.h"
#include "media/audio/echo_delay.h"
#include "media/audio/playback_tap.h"

namespace xllm::media {

// One thread at a time.
class EchoPath {
 public:
  // What was played until now counts as too old. `holdFrames`: hold() of an earlier path through the same room, so that
  // the delay need not be found again.
  explicit EchoPath(std::unique_ptr<PlaybackTap> tap, int holdFrames = 0);

  // 10 ms as they were heard, in place. Digital silence, as of a muted microphone, teaches the canceller nothing.
  void clean(std::span<float, EchoCanceller::kFrame> heard);
  // By so many frames of 10 ms what was played is held back, because it is heard late.
  int hold() const { return m_hold; }

 private:
  using Frame = std::array<float, EchoCanceller::kFrame>;

  void catchUp();
  void follow(int delay);

  std::unique_ptr<PlaybackTap> m_tap;
  EchoCanceller m_canceller;
  EchoDelay m_delay;
  int m_hold;
  std::array<Frame, EchoDelay::kLongest + 1> m_played{};  // the newest frames
  std::size_t m_newest = 0;                               // of m_played
  std::size_t m_least;                                    // samples that waited at the tap since the last look at least
  int m_framesUntilLook;
};

}  // namespace xllm::media
