// Sound files, and the sound tracks of videos, to samples.
#pragma once

#include <optional>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "media/decode/byte_source.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// How a file keeps its sound.
struct StoredSound {
  int sampleRateHz = 0;
  int channels = 0;
  double promisedSeconds = 0;  // 0: it promises none
};

// All of it, or a part of it. May throw std::bad_alloc; `source` is no picture. `stored`, which may be nullptr, is
// filled as soon as the head is read.
Result<AudioClip> decodeSoundFrom(ByteSource& source, const std::optional<SoundSpan>& span, const DecodeLimits& limits,
                                  StoredSound* stored = nullptr);

}  // namespace xllm::media
