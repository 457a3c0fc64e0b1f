// Sound files, and the sound tracks of videos, to samples.
#pragma once

#include <optional>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "media/decode/byte_source.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// All of it, or a part of it. May throw std::bad_alloc; `source` is no picture.
Result<AudioClip> decodeSoundFrom(ByteSource& source, const std::optional<SoundSpan>& span, const DecodeLimits& limits);

}  // namespace xllm::media
