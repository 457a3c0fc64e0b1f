#include "media/decode/picture_header.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace xllm::media {
namespace {

using Bytes = std::span<const std::uint8_t>;

enum class Endian { Little = 1, Big };

bool hasAt(Bytes bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= text.size() && at <= bytes.size() - text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

// `count` bytes as a number; 0 when they are not there, which no size and no tag we look for is.
std::uint32_t number(Bytes bytes, std::size_t at, std::size_t count, Endian endian) {
  if (at > bytes.size() || count > bytes.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | bytes[at + (endian == Endian::Big ? i : count - 1 - i)];
  }
  return value;
}
std::uint32_t big(Bytes bytes, std::size_t at, std::size_t count) { return number(bytes, at, count, Endian::Big); }
std::uint32_t little(Bytes bytes, std::size_t at, std::size_t count) {
  return number(bytes, at, count, Endian::Little);
}

Bytes from(Bytes bytes, std::size_t at) { return bytes.subspan(std::min(at, bytes.size())); }

// The first directory of a TIFF file, or of an EXIF block, which is one (TIFF 6.0, section 2). Fills what it finds.
void readTiff(Bytes tiff, PictureHeader& header) {
  const Endian endian = hasAt(tiff, 0, "MM") ? Endian::Big : Endian::Little;
  const std::size_t directory = number(tiff, 4, 4, endian);
  const std::size_t entries = number(tiff, directory, 2, endian);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return;
    const bool isShort = number(tiff, entry + 2, 2, endian) == 3;
    const std::uint32_t value = number(tiff, entry + 8, isShort ? 2 : 4, endian);
    switch (number(tiff, entry, 2, endian)) {
      case 256: header.width = value; break;
      case 257: header.height = value; break;
      case 274:
        if (value >= 1 && value <= 8) header.orientation = static_cast<int>(value);
        break;
      default: break;
    }
  }
}

int orientationOf(Bytes exif) {
  PictureHeader header;
  readTiff(hasAt(exif, 0, std::string_view("Exif\0\0", 6)) ? exif.subspan(6) : exif, header);
  return header.orientation;
}

// Segments up to the first scan (ITU-T T.81, annex B).
PictureHeader readJpeg(Bytes file) {
  PictureHeader header;
  std::size_t at = 2;
  while (at + 4 <= file.size()) {
    if (file[at] != 0xFF) {  // stray bytes between segments are skipped, as decoders do
      ++at;
      continue;
    }
    const unsigned marker = file[at + 1];
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;
      continue;
    }
    if (marker == 0xD9 || marker == 0xDA) break;
    const std::size_t length = big(file, at + 2, 2);
    const bool isFrame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (isFrame) {
      header.height = big(file, at + 5, 2);
      header.width = big(file, at + 7, 2);
    } else if (marker == 0xE1 && hasAt(file, at + 4, std::string_view("Exif\0\0", 6))) {
      const Bytes segment = from(file, at + 4);
      header.orientation = orientationOf(segment.first(std::min(segment.size(), length)));
    }
    at += 2 + std::max<std::size_t>(length, 2);
  }
  return header;
}

PictureHeader readPng(Bytes file) {
  PictureHeader header;
  if (!hasAt(file, 12, "IHDR")) return header;
  header.width = big(file, 16, 4);
  header.height = big(file, 20, 4);
  for (std::size_t at = 8; at + 12 <= file.size(); at += 12 + std::size_t{big(file, at, 4)}) {
    if (!hasAt(file, at + 4, "eXIf")) continue;
    const Bytes chunk = from(file, at + 8);
    header.orientation = orientationOf(chunk.first(std::min<std::size_t>(chunk.size(), big(file, at, 4))));
    break;
  }
  return header;
}

// RIFF chunks (WebP container specification).
PictureHeader readWebp(Bytes file) {
  constexpr std::size_t kSizesEnd = 10;  // of the longest of the three chunks that tell the size
  PictureHeader header;
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::size_t length = little(file, at + 4, 4);
    const std::size_t data = at + 8;
    if (data + kSizesEnd > file.size()) break;
    if (hasAt(file, at, "VP8X")) {
      header.animated = (little(file, data, 1) & 2) != 0;
      header.width = std::int64_t{little(file, data + 4, 3)} + 1;
      header.height = std::int64_t{little(file, data + 7, 3)} + 1;
    } else if (hasAt(file, at, "VP8L") && header.width == 0) {
      const std::uint32_t sizes = little(file, data + 1, 4);
      header.width = (sizes & 0x3FFF) + 1;
      header.height = (sizes >> 14 & 0x3FFF) + 1;
    } else if (hasAt(file, at, "VP8 ") && header.width == 0) {
      header.width = little(file, data + 6, 2) & 0x3FFF;
      header.height = little(file, data + 8, 2) & 0x3FFF;
    } else if (hasAt(file, at, "EXIF")) {
      const Bytes chunk = from(file, data);
      header.orientation = orientationOf(chunk.first(std::min(chunk.size(), length)));
    }
    at = data + length + length % 2;
  }
  return header;
}

PictureHeader readBmp(Bytes file) {
  PictureHeader header;
  if (little(file, 14, 4) == 12) {
    header.width = little(file, 18, 2);
    header.height = little(file, 20, 2);
  } else {
    header.width = static_cast<std::int32_t>(little(file, 18, 4));
    header.height = static_cast<std::int32_t>(little(file, 22, 4));
    if (header.height < 0) header.height = -header.height;  // stored top row first
  }
  return header;
}

}  // namespace

std::optional<PictureHeader> readPictureHeader(PictureFormat format, Bytes file) {
  PictureHeader header;
  switch (format) {
    case PictureFormat::Jpeg: header = readJpeg(file); break;
    case PictureFormat::Png: header = readPng(file); break;
    case PictureFormat::Webp: header = readWebp(file); break;
    case PictureFormat::Bmp: header = readBmp(file); break;
    case PictureFormat::Tiff: readTiff(file, header); break;
    case PictureFormat::Gif:
      header.width = little(file, 6, 2);
      header.height = little(file, 8, 2);
      break;
  }
  if (header.width <= 0 || header.height <= 0) return std::nullopt;
  return header;
}

}  // namespace xllm::media
