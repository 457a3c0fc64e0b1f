// A recording becomes the bytes of a file that every player opens, for example to be kept with a message.
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/audio_clip.h"
#include "core/base/result.h"

namespace xllm::media {

// FLAC of 16 bits: about half as large as WAV, and the same samples again but for the rounding. Samples outside [-1, 1]
// are clipped. Any thread; never throws. A minute of 16 kHz takes less than 0.1 s. BadInput: no samples, or a rate
// outside 1 … 655,350 Hz; Unsupported: this FFmpeg was built without FLAC; OutOfMemory.
Result<std::vector<std::byte>> encodeSound(const AudioClip& clip);

}  // namespace xllm::media
