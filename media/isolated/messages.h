// What a process that decodes is asked, and what it answers, as bytes. Each kind of value is written down once, for
// both directions; both ends are of one build, and on one machine.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "media/base/media_decoder.h"
#include "media/isolated/byte_channel.h"

namespace xllm::media {

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
  static constexpr std::uint32_t kVersion = 1;  // goes up with every change of this file

  std::uint32_t version = kVersion;
  Task task = Task::Identify;
  std::filesystem::path file;
  SoundSpan span = {};
  ClipSampling sampling = {};
  int count = 0;  // of small pictures
};

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Small values wait until the next large one, or flush().
class Sender {
 public:
  explicit Sender(ByteChannel& channel) : m_channel(channel) {}

  template <Plain T>
  bool operator()(T& value) {
    return bytes(std::as_bytes(std::span(&value, 1)));
  }
  template <typename Text>
  requires Plain<typename Text::value_type>
  bool operator()(Text& values) {  // a string, or a vector of numbers
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
  // Of one string or vector: the samples of an hour, or a picture four times as large as the largest that is read.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

  explicit Receiver(ByteChannel& channel) : m_channel(channel) {}

  template <Plain T>
  bool operator()(T& value) {
    return m_channel.read(std::as_writable_bytes(std::span(&value, 1)));
  }
  template <typename Text>
  requires Plain<typename Text::value_type>
  bool operator()(Text& values) {
    std::uint64_t count = 0;
    if (!(*this)(count)) return false;
    if (!check(count <= kMostBytes / sizeof(typename Text::value_type))) return false;
    values.resize(static_cast<std::size_t>(count));
    return m_channel.read(std::as_writable_bytes(std::span(values)));
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

// At least one of a kind, at most `most`.
template <typename Wire, typename T>
bool carryAll(Wire& wire, std::vector<T>& values, std::uint32_t most) {
  auto count = static_cast<std::uint32_t>(values.size());
  if (!wire(count) || !wire.check(count >= 1 && count <= most)) return false;
  values.resize(count);
  for (T& value : values) {
    if (!carry(wire, value)) return false;
  }
  return true;
}

template <typename Wire>
bool carry(Wire& wire, RgbImage& image) {
  if (!wire(image.width) || !wire(image.height) || !wire(image.pixels)) return false;
  const auto bytes = std::uint64_t{3} * static_cast<std::uint32_t>(image.width) *
                     static_cast<std::uint32_t>(image.height);  // at most 3 · 2^62 for what is above 0
  return wire.check(image.width > 0 && image.height > 0 && image.pixels.size() == bytes);
}

template <typename Wire>
bool carry(Wire& wire, AudioClip& clip) {
  return wire(clip.sampleRateHz) && wire.check(clip.sampleRateHz > 0) && wire(clip.samples);
}

template <typename Wire>
bool carry(Wire& wire, VideoClip::Frame& frame) {
  return wire(frame.seconds) && carry(wire, frame.image);
}

inline constexpr std::uint32_t kMostFrames = 64;  // as of ClipSampling

template <typename Wire>
bool carry(Wire& wire, VideoClip& clip) {
  return wire(clip.seconds) && wire(clip.missingSeconds) && carryAll(wire, clip.frames, kMostFrames);
}

template <typename Wire>
bool carry(Wire& wire, ClipFacts& facts) {
  return wire(facts.seconds) && wire(facts.width) && wire(facts.height) && carryFlag(wire, facts.hasSound);
}

template <typename Wire>
bool carry(Wire& wire, PictureLook& look) {
  return wire(look.width) && wire(look.height) && carry(wire, look.small);
}

template <typename Wire>
bool carry(Wire& wire, SoundLook& look) {
  return carry(wire, look.clip) && wire(look.sampleRateHz) && wire(look.channels) && wire(look.promisedSeconds);
}

template <typename Wire>
bool carry(Wire& wire, ClipLook& look) {
  return carry(wire, look.facts) && wire(look.missingSeconds) && carryAll(wire, look.frames, kMostFrames);
}

template <typename Wire>
bool carry(Wire& wire, Error& error) {
  return wire(error.code) && wire.check(error.code >= ErrorCode::NotFound && error.code <= ErrorCode::Internal) &&
         wire(error.message);
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

// The version stands in front, so that any version can tell.
template <typename Wire>
bool carry(Wire& wire, Request& request) {
  if (!wire(request.version) || request.version != Request::kVersion) return false;
  auto file = request.file.native();
  if (!wire(request.task) || !wire(file)) return false;
  request.file = file;
  return wire(request.span.startSeconds) && wire(request.span.endSeconds) && wire(request.sampling.frames) &&
         wire(request.sampling.startSeconds) && wire(request.sampling.endSeconds) && wire(request.count);
}

}  // namespace xllm::media
