// The header of a picture file, read by hand: how large it says it is, which way up it is. So that a picture can be
// refused before a decoder sees it. Which format it is: core/base/picture_format.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/base/picture_format.h"

namespace xllm::media {

struct PictureHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int orientation = 1;    // EXIF: 1 upright … 8; see the Exif standard, tag 274
  bool animated = false;  // WebP alone: kept in a form that holds no plain picture
};

// Nothing: the file is damaged before its size is known. `file`: all bytes of it.
std::optional<PictureHeader> readPictureHeader(PictureFormat format, std::span<const std::uint8_t> file);

}  // namespace xllm::media
