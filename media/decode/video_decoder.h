// Chosen frames of a video file. Its sound is sound_decoder.h's.
#pragma once

#include "core/base/result.h"
#include "core/base/video_clip.h"
#include "media/decode/byte_source.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// `source` is no picture. May throw std::bad_alloc. Memory: one packet, the decoder's reference frames, and the chosen
// frames, each of at most limits.framePixels; time: one reading of the file, and frames of at most limits.clipPixels
// decoded altogether, from the key frame before each chosen one.
Result<VideoClip> decodeClipFrom(ByteSource& source, const ClipSampling& sampling, const DecodeLimits& limits);

}  // namespace xllm::media
