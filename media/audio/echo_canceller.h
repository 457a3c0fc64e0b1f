// Takes what this computer plays out of what its microphone hears: WebRTC's echo canceller with its long filter, which
// finds the delay between the two by itself, and WebRTC's moderate noise suppression. No automatic gain: what is said
// stays as loud as it was.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace xllm::media {

// 16 kHz mono in frames of 10 ms. One thread at a time.
class EchoCanceller {
 public:
  static constexpr std::size_t kFrame = 160;  // samples

  EchoCanceller();
  ~EchoCanceller();

  // For each frame heard, first the one that was played at about that time, at the latest when it can be heard: an echo
  // may lag behind by up to half a second, but not come before. Silence counts as played, too.
  void played(std::span<const float, kFrame> samples);
  void clean(std::span<float, kFrame> heard);  // in place
  void reset();                                // forgets the room

 private:
  struct Processing;
  std::unique_ptr<Processing> m_processing;
};

}  // namespace xllm::media
