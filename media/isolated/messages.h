// What a process that decodes is asked, and what it answers, as bytes. It says kProtocol first, and then answers one
// request after another. Each kind of value is written down once, for both directions; both ends are on one machine.
// What comes is checked against what FileDecoder can give: less would break whoever gets it, more would take the memory
// that the limits are there to spare.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <type_traits>
#include <vector>

#include "media/base/decode_limits.h"
#include "media/base/media_decoder.h"
#include "media/isolated/byte_channel.h"

namespace xllm::media {

inline constexpr std::uint32_t kProtocol = 2;  // goes up with every change of this file

enum class Task : std::uint8_t {
  Identify = 1,
  Picture,
  Sound,
  PartOfSound,
  Clip,
  DescribeClip,
  GlanceAtClip,
  LookAtPicture,
  ListenTo,
  LookAtClip
};

// What is not of its task is not looked at.
struct Request {
  Task task = Task::Identify;
  std::filesystem::path file;
  SoundSpan span = {};
  ClipSampling sampling = {};
  int count = 0;  // of small pictures
};

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;
// A string, or a vector of numbers.
template <typename T>
concept Run = Plain<typename T::value_type>;

// Small values wait until the next large one, or flush().
class Sender {
 public:
  explicit Sender(ByteChannel& channel) : m_channel(channel) {}

  template <Plain T>
  bool operator()(T& value) {
    return bytes(std::as_bytes(std::span(&value, 1)));
  }
  template <Run T>
  bool operator()(T& values, [[maybe_unused]] std::uint64_t most) {
    auto count = static_cast<std::uint64_t>(values.size());
    return (*this)(count) && bytes(std::as_bytes(std::span(values)));
  }
  bool check(bool) { return true; }  // what is sent is our own
  bool flush();

 private:
  bool bytes(std::span<const std::byte> from);

  ByteChannel& m_channel;
  std::vector<std::byte> m_waiting;
};

class Receiver {
 public:
  explicit Receiver(ByteChannel& channel) : m_channel(channel) {}

  template <Plain T>
  bool operator()(T& value) {
    return m_channel.read(std::as_writable_bytes(std::span(&value, 1)));
  }
  // At most `most` values. Memory is touched as they come, not as they are promised.
  template <Run T>
  bool operator()(T& values, std::uint64_t most) {
    constexpr std::size_t kAtOnce = (1 << 20) / sizeof(typename T::value_type);
    std::uint64_t count = 0;
    values.clear();
    if (!(*this)(count) || !check(count <= most)) return false;
    values.reserve(static_cast<std::size_t>(count));
    while (values.size() < count) {
      const std::size_t before = values.size();
      values.resize(std::min(before + kAtOnce, static_cast<std::size_t>(count)));
      if (!m_channel.read(std::as_writable_bytes(std::span(values).subspan(before)))) return false;
    }
    return true;
  }
  // Whether what came can be from a program of ours.
  bool check(bool makesSense) {
    m_isNonsense = m_isNonsense || !makesSense;
    return makesSense;
  }
  bool isNonsense() const { return m_isNonsense; }

 private:
  ByteChannel& m_channel;
  bool m_isNonsense = false;
};

// Each returns false where the other end is gone or sends nonsense.

inline constexpr DecodeLimits kMost;
inline constexpr std::int64_t kMostOfFrame = 2 * kMost.framePixels;  // and of a small picture; with room for rounding
inline constexpr std::uint32_t kMostFrames = 64;                     // as of ClipSampling
inline constexpr std::uint64_t kMostLetters = 32768;                 // of a file's name, and of what is said of it

template <typename Wire>
bool carry(Wire& wire, MediaKind& kind) {
  return wire(kind) && wire.check(kind >= MediaKind::Picture && kind <= MediaKind::Video);
}

// A bool in memory is 0 or 1 and nothing else.
template <typename Wire>
bool carryFlag(Wire& wire, bool& flag) {
  auto byte = static_cast<std::uint8_t>(flag ? 1 : 0);
  if (!wire(byte)) return false;
  flag = byte != 0;
  return true;
}

template <typename Wire>
bool carrySeconds(Wire& wire, double& seconds) {
  return wire(seconds) && wire.check(std::isfinite(seconds) && seconds >= 0);
}

// In pixels.
template <typename Wire>
bool carrySize(Wire& wire, int& width, int& height) {
  constexpr int kMostEdge = 1 << 20;
  return wire(width) && wire(height) &&
         wire.check(width > 0 && height > 0 && width <= kMostEdge && height <= kMostEdge);
}

template <typename Wire>
bool carry(Wire& wire, RgbImage& image, std::int64_t mostPixels = kMost.pixels) {
  if (!carrySize(wire, image.width, image.height)) return false;
  const std::int64_t pixels = std::int64_t{image.width} * image.height;
  if (!wire.check(pixels <= mostPixels)) return false;
  const auto bytes = static_cast<std::uint64_t>(3 * pixels);
  return wire(image.pixels, bytes) && wire.check(image.pixels.size() == bytes);
}

// At least one of a kind, at most `most`; `each` carries one.
template <typename Wire, typename T, typename Each>
bool carryAll(Wire& wire, std::vector<T>& values, std::uint32_t most, Each each) {
  auto count = static_cast<std::uint32_t>(values.size());
  if (!wire(count) || !wire.check(count >= 1 && count <= most)) return false;
  values.resize(count);
  return std::all_of(values.begin(), values.end(), each);
}

template <typename Wire>
bool carry(Wire& wire, AudioClip& clip) {
  constexpr int kRate = 16000;  // as of ClipDecoder
  constexpr auto kMostSamples = static_cast<std::uint64_t>((kMost.seconds + 1) * kRate);
  const auto isNumber = [](float sample) { return std::isfinite(sample); };
  return wire(clip.sampleRateHz) && wire.check(clip.sampleRateHz == kRate) && wire(clip.samples, kMostSamples) &&
         wire.check(!clip.samples.empty() && std::all_of(clip.samples.begin(), clip.samples.end(), isNumber));
}

template <typename Wire>
bool carry(Wire& wire, VideoClip& clip) {
  const auto carryFrame = [&](VideoClip::Frame& frame) {
    return carrySeconds(wire, frame.seconds) && carry(wire, frame.image, kMostOfFrame);
  };
  return carrySeconds(wire, clip.seconds) && carrySeconds(wire, clip.missingSeconds) &&
         carryAll(wire, clip.frames, kMostFrames, carryFrame);
}

template <typename Wire>
bool carry(Wire& wire, ClipFacts& facts) {
  return carrySeconds(wire, facts.seconds) && carrySize(wire, facts.width, facts.height) &&
         carryFlag(wire, facts.hasSound);
}

template <typename Wire>
bool carry(Wire& wire, PictureLook& look) {
  return carrySize(wire, look.width, look.height) && carry(wire, look.small, kMostOfFrame);
}

template <typename Wire>
bool carry(Wire& wire, SoundLook& look) {
  return carry(wire, look.clip) && wire(look.sampleRateHz) && wire(look.channels) &&
         wire.check(look.sampleRateHz >= 0 && look.channels >= 0) && carrySeconds(wire, look.promisedSeconds);
}

template <typename Wire>
bool carry(Wire& wire, ClipLook& look) {
  const auto carryFrame = [&](RgbImage& frame) { return carry(wire, frame, kMostOfFrame); };
  return carry(wire, look.facts) && carrySeconds(wire, look.missingSeconds) &&
         carryAll(wire, look.frames, kMostFrames, carryFrame);
}

template <typename Wire>
bool carry(Wire& wire, Error& error) {
  return wire(error.code) && wire.check(error.code >= ErrorCode::NotFound && error.code <= ErrorCode::Internal) &&
         wire(error.message, kMostLetters);
}

// `result` may be any when it is received into.
template <typename Wire, typename T>
bool carry(Wire& wire, Result<T>& result) {
  bool isThere = result.has_value();
  if (!carryFlag(wire, isThere)) return false;
  if (isThere && !result) result = Result<T>();
  if (!isThere && result) result = tl::unexpected(Error());
  if (!isThere) return carry(wire, result.error());
  if constexpr (std::is_void_v<T>) {
    return true;
  } else {
    return carry(wire, *result);
  }
}

template <typename Wire>
bool carry(Wire& wire, Request& request) {
  auto file = request.file.native();
  if (!wire(request.task) || !wire(file, kMostLetters)) return false;
  request.file = file;
  return wire(request.span.startSeconds) && wire(request.span.endSeconds) && wire(request.sampling.frames) &&
         wire(request.sampling.startSeconds) && wire(request.sampling.endSeconds) && wire(request.count);
}

}  // namespace xllm::media
