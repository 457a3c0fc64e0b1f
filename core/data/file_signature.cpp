#include "core/data/file_signature.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>

namespace xllm::data {

namespace {

using Bytes = std::span<const unsigned char>;

struct Format {
  std::string_view name, tag;
  std::size_t at;
  std::array<std::string_view, 5> endings;
};
constexpr std::array<Format, 20> kFormats{{
    {"JPEG", "\xFF\xD8\xFF", 0, {".jpg", ".jpeg", ".jpe", ".jfif"}},
    {"PNG", "\x89PNG", 0, {".png"}},
    {"GIF", "GIF8", 0, {".gif"}},
    {"WebP", "WEBP", 8, {".webp"}},
    {"BMP", "BM", 0, {".bmp"}},
    {"TIFF", std::string_view("II*\0", 4), 0, {".tif", ".tiff"}},
    {"TIFF", std::string_view("MM\0*", 4), 0, {".tif", ".tiff"}},
    {"PPM", "P6", 0, {".ppm", ".pnm"}},
    {"WAV", "WAVE", 8, {".wav"}},
    {"AVI", "AVI ", 8, {".avi"}},
    {"FLAC", "fLaC", 0, {".flac"}},
    {"Ogg", "OggS", 0, {".ogg", ".opus", ".oga", ".ogv"}},
    {"MP3", "ID3", 0, {".mp3"}},
    {"MP3", "\xFF\xFB", 0, {".mp3"}},
    {"MP3", "\xFF\xF3", 0, {".mp3"}},
    {"MP4", "ftyp", 4, {".mp4", ".m4a", ".m4v", ".mov", ".3gp"}},
    {"Matroska", "\x1A\x45\xDF\xA3", 0, {".mkv", ".webm", ".mka"}},
    {"ASF", "\x30\x26\xB2\x75", 0, {".wma", ".wmv", ".asf"}},
    {"AIFF", "AIFF", 8, {".aif", ".aiff"}},
    {"MPEG", std::string_view("\0\0\1\xBA", 4), 0, {".mpg", ".mpeg", ".vob"}},
}};

bool has(Bytes bytes, std::size_t at, std::string_view tag) {
  return bytes.size() >= at + tag.size() &&
         std::ranges::equal(bytes.subspan(at, tag.size()), tag,
                            [](unsigned char byte, char sign) { return byte == static_cast<unsigned char>(sign); });
}

bool contains(Bytes bytes, std::string_view tag) {
  for (std::size_t at = 0; at + tag.size() <= bytes.size(); ++at) {
    if (has(bytes, at, tag)) return true;
  }
  return false;
}

// `end`: the last bytes of the file. Cameras put zeros and notes of their own behind a picture.
bool isCutOff(std::string_view format, Bytes start, Bytes end, std::uintmax_t size) {
  if (format == "JPEG") return !contains(end, "\xFF\xD9");
  if (format == "PNG") return !contains(end, "IEND");
  if (format != "WAV" && format != "WebP" && format != "AVI") return false;
  std::uint64_t promised = 8;
  for (std::size_t i = 0; i < 4; ++i) promised += std::uint64_t{start[4 + i]} << (8 * i);
  return promised > size + 1 && promised < 0x7FFF'0000;  // writers to a pipe leave the size open
}

}  // namespace

FileSignature signatureOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const auto size = static_cast<std::uintmax_t>(std::max<std::streamoff>(stream.tellg(), 0));
  std::array<unsigned char, 16> start{};
  std::array<unsigned char, 4096> end{};
  const auto read = [&](std::uintmax_t at, std::span<unsigned char> to) {
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(at));
    stream.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
    return Bytes(to.first(static_cast<std::size_t>(stream.gcount())));
  };
  const Bytes first = read(0, start);
  const auto found = std::ranges::find_if(kFormats, [&](const Format& f) { return has(first, f.at, f.tag); });
  if (found == kFormats.end() || first.size() < 12) return {};
  const Bytes last = read(size - std::min<std::uintmax_t>(size, end.size()), end);
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char sign) { return std::tolower(sign); });
  const auto isEnding = [&](std::string_view known) { return !known.empty() && known == ending; };
  return {found->name, isCutOff(found->name, first, last, size), std::ranges::any_of(found->endings, isEnding)};
}

}  // namespace xllm::data
