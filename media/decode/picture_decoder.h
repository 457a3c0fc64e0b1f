// One picture file's bytes to pixels.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "media/decode/byte_source.h"
#include "media/decode/file_decoder.h"

namespace xllm::media {

// May throw std::bad_alloc. BadInput when `source` is no picture.
Result<RgbImage> decodePictureFrom(ByteSource& source, const DecodeLimits& limits);
// The same for a small picture: every byte is decoded, of a JPEG at the smallest scale that is large enough.
Result<PictureLook> lookAtPictureFrom(ByteSource& source, const DecodeLimits& limits);

// The first bytes of the source, for signatures; its position is 0 afterwards.
std::vector<std::uint8_t> startOf(ByteSource& source);

}  // namespace xllm::media
