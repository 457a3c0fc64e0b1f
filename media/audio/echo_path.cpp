#include "media/audio/echo_path.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "media/audio/mono_converter.h"

namespace xllm::media {

namespace {

constexpr int kFramesBetweenLooks = 200;
// More than this always waiting is a microphone whose clock is slower, or that was late once.
constexpr std::size_t kMostBehind = kListeningRateHz / 20;
constexpr std::size_t kKeptBehind = kListeningRateHz / 50;

// Frames that the canceller's filter reaches well, and where in them an echo is put that lies outside.
constexpr int kMostDelay = 9, kWantedDelay = 4;

}  // namespace

EchoPath::EchoPath(std::unique_ptr<PlaybackTap> tap, int holdFrames)
    : m_tap(std::move(tap)),
      m_hold(std::clamp(holdFrames, 0, EchoDelay::kLongest)),
      m_least(std::numeric_limits<std::size_t>::max()),
      m_framesUntilLook(kFramesBetweenLooks) {
  m_tap->drop(m_tap->waiting());
}

void EchoPath::clean(std::span<float, EchoCanceller::kFrame> heard) {
  m_newest = (m_newest + 1) % m_played.size();
  Frame& newest = m_played[m_newest];
  if (!m_tap->take(newest)) newest = {};  // the tap brought nothing
  m_least = std::min(m_least, m_tap->waiting());
  if (--m_framesUntilLook == 0) catchUp();
  if (std::ranges::all_of(heard, [](float sample) { return sample == 0; })) return;
  m_delay.push(newest, heard);
  if (const auto delay = m_delay.frames()) follow(*delay);
  m_canceller.played(m_played[(m_newest + m_played.size() - static_cast<std::size_t>(m_hold)) % m_played.size()]);
  m_canceller.clean(heard);
}

void EchoPath::catchUp() {
  if (m_least > kMostBehind) m_tap->drop(m_least - kKeptBehind);
  m_least = std::numeric_limits<std::size_t>::max();
  m_framesUntilLook = kFramesBetweenLooks;
}

void EchoPath::follow(int delay) {
  if (delay >= m_hold && delay - m_hold <= kMostDelay) return;
  m_hold = std::max(0, delay - kWantedDelay);
  m_canceller.reset();
}

}  // namespace xllm::media
