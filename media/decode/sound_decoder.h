// Sound files, and the sound tracks of videos, to samples; and which of the two a file is.
#pragma once

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "media/decode/byte_source.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// Both may throw std::bad_alloc; `source` is no picture.
Result<MediaKind> identifyFrom(ByteSource& source, const DecodeLimits& limits);
Result<AudioClip> decodeSoundFrom(ByteSource& source, const DecodeLimits& limits);

}  // namespace xllm::media
