// Chosen frames of a video file, and what can be said of it beforehand. Its sound is sound_decoder.h's.
#pragma once

#include "core/base/media_probe.h"
#include "core/base/result.h"
#include "core/base/video_clip.h"
#include "media/decode/byte_source.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// `source` is no picture, and up to limits.surveyBytes the times of all its frames are read; beyond, the container is
// believed, and jumped through. All may throw std::bad_alloc.

// Memory: one packet, the decoder's reference frames, and the chosen frames, each of at most limits.framePixels; time:
// the reading above, and frames of at most limits.clipPixels decoded altogether, from the key frame before each chosen
// one.
Result<VideoClip> decodeClipFrom(ByteSource& source, const ClipSampling& sampling, const DecodeLimits& limits);

Result<ClipFacts> describeClipFrom(ByteSource& source, const DecodeLimits& limits);

// Its first, middle and last frame. Fewer where what is between cannot be decoded, but at least one.
Result<ClipLook> lookAtClipFrom(ByteSource& source, const DecodeLimits& limits);

// See FileDecoder::glanceAtClip().
Result<void> glanceAtClipFrom(ByteSource& source, int count, const GlanceSink& sink, const DecodeLimits& limits);

}  // namespace xllm::media
