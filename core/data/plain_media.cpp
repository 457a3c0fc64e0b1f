#include "core/data/plain_media.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "core/base/mapped_file.h"
#include "core/data/file_signature.h"
#include "core/data/format_text.h"

namespace xllm::data {

namespace {

using Bytes = std::span<const std::byte>;
constexpr std::int64_t kMostPixels = 64 << 20;

tl::unexpected<Error> damaged(const std::filesystem::path& file, const char* what) {
  return fail(ErrorCode::CorruptFile, formatText("{} is damaged: {}.", file.string(), what));
}

bool startsWith(Bytes bytes, std::size_t at, const char* tag) {
  const std::size_t length = std::strlen(tag);
  return bytes.size() >= at + length && std::memcmp(bytes.data() + at, tag, length) == 0;
}

template <typename T>
T little(Bytes bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));  // every machine this runs on is little-endian
  return value;
}

// The next number of a PPM header; comments run from # to the end of the line.
std::optional<std::int64_t> headerNumber(Bytes bytes, std::size_t& at) {
  const auto character = [&] { return at < bytes.size() ? static_cast<int>(bytes[at]) : -1; };
  while (character() == ' ' || character() == '\n' || character() == '\r' || character() == '\t' ||
         character() == '#') {
    if (character() == '#') {
      while (character() != '\n' && character() >= 0) ++at;
    } else {
      ++at;
    }
  }
  std::int64_t number = 0;
  const std::size_t first = at;
  for (; character() >= '0' && character() <= '9' && number < kMostPixels; ++at)
    number = number * 10 + (character() - '0');
  if (at == first) return std::nullopt;
  return number;
}

Result<RgbImage> readPpm(Bytes bytes, const std::filesystem::path& file) {
  std::size_t at = 2;
  const auto width = headerNumber(bytes, at), height = headerNumber(bytes, at), most = headerNumber(bytes, at);
  if (!width || !height || !most || *most != 255 || *width < 1 || *height < 1 || *width > kMostPixels / *height) {
    return damaged(file, "its header gives no usable size or more than 8 bits a value");
  }
  ++at;  // one white space
  const auto needed = static_cast<std::size_t>(*width * *height * 3);
  if (bytes.size() < at || bytes.size() - at < needed) return damaged(file, "its pixels end too early");
  RgbImage image{static_cast<int>(*width), static_cast<int>(*height), {}};
  image.pixels.resize(needed);
  std::memcpy(image.pixels.data(), bytes.data() + at, needed);
  return image;
}

// nullopt: sound in another coding or rate.
Result<std::optional<AudioClip>> readWav(Bytes bytes, const std::filesystem::path& file) {
  bool usable = false;
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const auto size = static_cast<std::size_t>(little<std::uint32_t>(bytes, at + 4));
    const std::size_t body = at + 8;
    if (startsWith(bytes, at, "fmt ")) {
      if (size < 16 || body + 16 > bytes.size()) return damaged(file, "its format block ends too early");
      usable = little<std::uint16_t>(bytes, body) == 1 && little<std::uint16_t>(bytes, body + 2) == 1 &&
               little<std::uint32_t>(bytes, body + 4) == 16000 && little<std::uint16_t>(bytes, body + 14) == 16;
      if (!usable) return std::nullopt;
    } else if (startsWith(bytes, at, "data")) {
      if (!usable) return damaged(file, "its samples come before their format");
      const std::size_t count = std::min(size, bytes.size() - body) / 2;  // writers to a pipe leave the size open
      AudioClip clip;
      clip.samples.resize(count);
      for (std::size_t i = 0; i < count; ++i) {
        clip.samples[i] = static_cast<float>(little<std::int16_t>(bytes, body + 2 * i)) / 32768.0F;
      }
      return clip;
    }
    at = body + size + (size & 1);
  }
  return damaged(file, "it holds no samples");
}

// The whole picture with `edge` pixels on its longer side at most, each the mean of those that fall on it.
RgbImage inSmall(const RgbImage& image, int edge) {
  const int longer = std::max(image.width, image.height);
  if (longer <= edge) return image;
  const auto side = [&](int length) {
    return std::max(1, static_cast<int>((static_cast<std::int64_t>(length) * edge + longer / 2) / longer));
  };
  RgbImage small{side(image.width), side(image.height), {}};
  small.pixels.reserve(static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height) * 3);
  const auto width = static_cast<std::size_t>(image.width);
  const auto begin = [](int i, int from, int to) { return static_cast<int>(static_cast<std::int64_t>(i) * from / to); };
  for (int y = 0; y < small.height; ++y) {
    const int top = begin(y, image.height, small.height), bottom = begin(y + 1, image.height, small.height);
    for (int x = 0; x < small.width; ++x) {
      const int left = begin(x, image.width, small.width), right = begin(x + 1, image.width, small.width);
      const std::int64_t count = static_cast<std::int64_t>(bottom - top) * (right - left);
      for (std::size_t colour = 0; colour < 3; ++colour) {
        std::int64_t sum = 0;
        for (int row = top; row < bottom; ++row) {
          auto at = (static_cast<std::size_t>(row) * width + static_cast<std::size_t>(left)) * 3 + colour;
          for (int column = left; column < right; ++column, at += 3) sum += image.pixels[at];
        }
        small.pixels.push_back(static_cast<std::uint8_t>((sum + count / 2) / count));
      }
    }
  }
  return small;
}

tl::unexpected<Error> otherFormat(const std::filesystem::path& file, const char* wanted) {
  return fail(
      ErrorCode::Unsupported,
      formatText("{} is not {}, and this build has no media decoding. Convert it first.", file.string(), wanted));
}

}  // namespace

Result<RgbImage> PlainMedia::decodePicture(const std::filesystem::path& file) const {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return tl::unexpected(mapped.error());
  if (startsWith((*mapped)->bytes(), 0, "P6")) return readPpm((*mapped)->bytes(), file);
  if (m_other != nullptr) return m_other->decodePicture(file);
  return otherFormat(file, "a binary PPM picture");
}

Result<AudioClip> PlainMedia::decodeSound(const std::filesystem::path& file) const {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return tl::unexpected(mapped.error());
  const Bytes bytes = (*mapped)->bytes();
  if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WAVE")) {
    auto clip = readWav(bytes, file);
    if (!clip) return tl::unexpected(clip.error());
    if (*clip) return std::move(**clip);
  }
  if (m_other != nullptr) return m_other->decodeSound(file);
  return otherFormat(file, "a 16-bit, 16 kHz, one-channel WAV file");
}

Result<PictureLook> lookAtPicture(const std::filesystem::path& file, const MediaProbe& probe) {
  if (signatureOf(file).format != "PPM") return probe.lookAtPicture(file);
  auto image = PlainMedia().decodePicture(file);
  if (!image) return tl::unexpected(std::move(image.error()));
  return PictureLook{image->width, image->height, inSmall(*image, MediaProbe::kSmallEdge)};
}

Result<VideoClip> PlainMedia::decodeClip(const std::filesystem::path& file, const ClipSampling& sampling) const {
  if (m_other != nullptr) return m_other->decodeClip(file, sampling);
  return fail(ErrorCode::Unsupported,
              formatText("{} cannot be read: this build has no media decoding, and there is no plain format for clips.",
                         file.string()));
}

}  // namespace xllm::data
