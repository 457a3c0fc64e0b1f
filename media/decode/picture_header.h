// The first bytes of a picture file, read by hand: which format it is, how large it says it is, which way up it is. So
// that a picture can be refused before a decoder sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace xllm::media {

enum class PictureFormat { Jpeg = 1, Png, Webp, Bmp, Tiff, Gif };

// By its signature, of which the first 16 bytes are enough; nothing: no picture we read.
std::optional<PictureFormat> pictureFormatOf(std::span<const std::uint8_t> start);
// HEIC or AVIF, as phones write them: pictures we do not read, named so that the user can be told.
bool isHeifPicture(std::span<const std::uint8_t> start);

struct PictureHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int orientation = 1;    // EXIF: 1 upright … 8; see the Exif standard, tag 274
  bool animated = false;  // WebP alone: kept in a form that holds no plain picture
};

// Nothing: the file is damaged before its size is known. `file`: all bytes of it.
std::optional<PictureHeader> readPictureHeader(PictureFormat format, std::span<const std::uint8_t> file);

}  // namespace xllm::media
