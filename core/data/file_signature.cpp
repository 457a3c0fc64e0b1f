#include "core/data/file_signature.h"

#include <algorithm>
#include <array>
#include <bit>
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

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : m_stream(file, std::ios::binary | std::ios::ate) {
    if (m_stream) m_size = static_cast<std::uint64_t>(std::max<std::streamoff>(m_stream.tellg(), 0));
  }
  std::uint64_t size() const { return m_size; }
  // Fewer than asked for at the end.
  Bytes read(std::uint64_t at, std::span<unsigned char> to) {
    if (at >= m_size) return {};
    m_stream.clear();
    m_stream.seekg(static_cast<std::streamoff>(at));
    m_stream.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
    return to.first(static_cast<std::size_t>(std::max<std::streamsize>(m_stream.gcount(), 0)));
  }

 private:
  std::ifstream m_stream;
  std::uint64_t m_size = 0;
};

std::uint64_t bigEndian(Bytes bytes) {
  std::uint64_t value = 0;
  for (const unsigned char byte : bytes) value = value << 8 | byte;
  return value;
}

// RIFF: its length stands behind its name. Writers to a pipe leave it open.
bool isRiffCutOff(Bytes start, std::uint64_t size) {
  std::uint64_t promised = 8;
  for (std::size_t i = 0; i < 4; ++i) promised += std::uint64_t{start[4 + i]} << (8 * i);
  return promised > size + 1 && promised < 0x7FFF'0000;
}

// MP4: boxes one behind the other, each with its length.
bool isMp4CutOff(Reader& file) {
  constexpr int kMostBoxes = 1000;
  std::array<unsigned char, 16> head{};
  std::uint64_t at = 0;
  for (int box = 0; box < kMostBoxes && at < file.size(); ++box) {
    const Bytes bytes = file.read(at, head);
    if (bytes.size() < 8) return true;
    std::uint64_t length = bigEndian(bytes.first(4));
    if (length == 1 && bytes.size() == 16) length = bigEndian(bytes.subspan(8));
    if (length < 8) return false;  // 0: to the end of the file
    if (length > file.size() - at) return true;
    at += length;
  }
  return false;
}

// Matroska: a head and one segment. Their lengths are numbers of one to eight bytes, the first of which tells how many;
// all ones: left open.
bool isMatroskaCutOff(Reader& file) {
  std::array<unsigned char, 12> head{};
  std::uint64_t at = 0;
  for (int element = 0; element < 2; ++element) {
    const Bytes bytes = file.read(at, head);
    if (bytes.size() < head.size() || bytes[4] == 0) return false;
    const auto width = static_cast<std::size_t>(std::countl_zero(bytes[4])) + 1;
    const std::uint64_t open = (std::uint64_t{1} << (7 * width)) - 1;
    const std::uint64_t length = bigEndian(bytes.subspan(4, width)) & open;
    if (length == open) return false;
    at += 4 + width;
    if (length > file.size() - std::min(at, file.size())) return true;
    at += length;
  }
  return false;
}

bool isCutOff(std::string_view format, Bytes start, Reader& file) {
  std::array<unsigned char, 4096> last{};  // cameras put zeros and notes of their own behind a picture
  const auto ends = [&](std::string_view mark) {
    return contains(file.read(file.size() - std::min<std::uint64_t>(file.size(), last.size()), last), mark);
  };
  if (format == "JPEG") return !ends("\xFF\xD9");
  if (format == "PNG") return !ends("IEND");
  if (format == "MP4") return isMp4CutOff(file);
  if (format == "Matroska") return isMatroskaCutOff(file);
  return (format == "WAV" || format == "WebP" || format == "AVI") && isRiffCutOff(start, file.size());
}

}  // namespace

FileSignature signatureOf(const std::filesystem::path& file) {
  Reader reader(file);
  std::array<unsigned char, 16> start{};
  const Bytes first = reader.read(0, start);
  const auto found = std::ranges::find_if(kFormats, [&](const Format& f) { return has(first, f.at, f.tag); });
  if (found == kFormats.end() || first.size() < 12) return {};
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char sign) { return std::tolower(sign); });
  const auto isEnding = [&](std::string_view known) { return !known.empty() && known == ending; };
  return {found->name, isCutOff(found->name, first, reader), std::ranges::any_of(found->endings, isEnding)};
}

}  // namespace xllm::data
