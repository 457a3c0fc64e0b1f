// Reads little-endian numbers and strings from bytes that may be hostile. No read passes the end; nothing is copied.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/weights/format_error.h"

namespace xllm::weights {

static_assert(std::endian::native == std::endian::little, "all formats here are little-endian, and so is the reader");

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes, std::size_t position = 0)
      : m_bytes(bytes), m_position(position) {
    if (position > bytes.size()) throw FormatError("an offset points past the end of the file");
  }

  std::size_t position() const { return m_position; }
  std::size_t remaining() const { return m_bytes.size() - m_position; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > remaining()) {
      throw FormatError("it ends too early: " + std::to_string(count) + " bytes are announced at byte " +
                        std::to_string(m_position) + ", " + std::to_string(remaining()) + " are there");
    }
    const auto taken = m_bytes.subspan(m_position, static_cast<std::size_t>(count));
    m_position += taken.size();
    return taken;
  }

  template <typename Number>
  requires std::is_arithmetic_v<Number> &&(!std::is_same_v<Number, bool>)Number read() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view text(std::uint64_t count) {
    const auto taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

 private:
  std::span<const std::byte> m_bytes;
  std::size_t m_position;
};

inline std::string_view asText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace xllm::weights
