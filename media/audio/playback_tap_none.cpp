#include "media/audio/playback_tap.h"

namespace xllm::media {

Result<std::unique_ptr<PlaybackTap>> PlaybackTap::open() {
  return fail(ErrorCode::Unsupported,
              "On this system the program cannot hear what the loudspeakers play, so its echo is not taken out.");
}

}  // namespace xllm::media
