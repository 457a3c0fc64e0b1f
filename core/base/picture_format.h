// Which picture format a file is, told from its first bytes and never from its name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace xllm {

enum class PictureFormat { Jpeg = 1, Png, Webp, Bmp, Tiff, Gif };

// By its signature, of which the first 16 bytes are enough; nothing: no picture we read.
std::optional<PictureFormat> pictureFormatOf(std::span<const std::uint8_t> start);
// HEIC or AVIF, as phones write them: pictures we do not read, named so that the user can be told.
bool isHeifPicture(std::span<const std::uint8_t> start);

}  // namespace xllm
