// How much later something is heard than it was played, told from how its loudness rises and falls: loudspeakers
// without a wire are late by more than an echo canceller's filter reaches.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "media/audio/echo_canceller.h"

namespace xllm::media {

// In frames of 10 ms. One thread at a time.
class EchoDelay {
 public:
  static constexpr int kLongest = 60;  // frames

  void push(std::span<const float, EchoCanceller::kFrame> played, std::span<const float, EchoCanceller::kFrame> heard);
  // [0, kLongest]; nothing while what is heard is not clearly the echo of what was played: four times a second it is
  // looked at, and two looks agree.
  std::optional<int> frames() const { return m_found; }

 private:
  static constexpr std::size_t kWindow = 250;  // frames of what is heard that are compared
  static constexpr std::size_t kHistory = kWindow + kLongest;

  void look();
  std::optional<int> guess() const;

  std::array<float, kHistory> m_played{}, m_heard{};  // loudness of the newest frames, oldest at m_next
  std::size_t m_next = 0;
  int m_framesUntilLook = kHistory;
  std::optional<int> m_guess, m_found;
};

}  // namespace xllm::media
