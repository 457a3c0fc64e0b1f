#include "core/base/picture_format.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace xllm {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool hasAt(Bytes bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

}  // namespace

std::optional<PictureFormat> pictureFormatOf(Bytes start) {
  if (hasAt(start, 0, "\xFF\xD8\xFF")) return PictureFormat::Jpeg;
  if (hasAt(start, 0, "\x89PNG\r\n\x1A\n")) return PictureFormat::Png;
  if (hasAt(start, 0, "RIFF") && hasAt(start, 8, "WEBP")) return PictureFormat::Webp;
  if (hasAt(start, 0, "GIF87a") || hasAt(start, 0, "GIF89a")) return PictureFormat::Gif;
  if (hasAt(start, 0, std::string_view("II*\0", 4)) || hasAt(start, 0, std::string_view("MM\0*", 4))) {
    return PictureFormat::Tiff;
  }
  // "BM" alone could begin a text; the reserved bytes and the size of the next header make it sure enough.
  const int bmpHeader = start.size() >= 16 ? start[14] | start[15] << 8 : 0;
  if (hasAt(start, 0, "BM") && hasAt(start, 6, std::string_view("\0\0\0\0", 4)) && bmpHeader >= 12 &&
      bmpHeader <= 124) {
    return PictureFormat::Bmp;
  }
  return std::nullopt;
}

bool isHeifPicture(Bytes start) {
  if (!hasAt(start, 4, "ftyp")) return false;
  return std::ranges::any_of(std::initializer_list<std::string_view>{"heic", "heix", "heim", "mif1", "msf1", "avif"},
                             [start](std::string_view brand) { return hasAt(start, 8, brand); });
}

}  // namespace xllm
