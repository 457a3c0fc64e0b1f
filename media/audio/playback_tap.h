// What the loudspeakers play just now, whichever program plays it: the reference that echo cancellation needs. With
// PulseAudio, and PipeWire's server for its programs, this is the monitor of the default loudspeakers; Qt 6.4 hides
// monitors. Elsewhere there is no tap, and open() says so.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/result.h"

namespace xllm::media {

// Any thread may take. The sound system's own thread delivers.
class PlaybackTap {
 public:
  // Waits for the sound server, which answers in milliseconds, and two seconds at most: not on the GUI thread.
  // Unsupported: this system or build offers none. DeviceLost: no sound server, or it has no loudspeakers to tap.
  static Result<std::unique_ptr<PlaybackTap>> open();
  virtual ~PlaybackTap() = default;

  // All of `to`, 16 kHz mono, the oldest that was not taken yet; or nothing, when not so much was played. At most a
  // second waits to be taken: then the oldest go.
  [[nodiscard]] virtual bool take(std::span<float> to) = 0;
  virtual std::size_t waiting() const = 0;   // samples
  virtual void drop(std::size_t count) = 0;  // of the oldest
  virtual bool lost() const = 0;             // the server went away: nothing comes any more
};

}  // namespace xllm::media
