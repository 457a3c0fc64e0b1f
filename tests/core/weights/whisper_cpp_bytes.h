// Builds a small file of whisper.cpp byte by byte, so that the reader can be tested without a published one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::tests {

class WhisperCppBytes {
 public:
  // The header's eleven numbers, the mel matrix [bins, frequencies] of zeros, and the vocabulary.
  WhisperCppBytes(const std::vector<std::int32_t>& sizes, std::int32_t bins, std::int32_t frequencies,
                  const std::vector<std::string>& tokens) {
    put(std::uint32_t{0x67676d6c});
    for (const std::int32_t size : sizes) put(size);
    put(bins).put(frequencies);
    m_bytes.append(static_cast<std::size_t>(bins) * static_cast<std::size_t>(frequencies) * 4, '\0');
    put(static_cast<std::int32_t>(tokens.size()));
    for (const std::string& token : tokens) {
      put(static_cast<std::uint32_t>(token.size()));
      m_bytes += token;
    }
  }

  // `shape` in PyTorch's order; `type` is ggml's number.
  WhisperCppBytes& tensor(std::string_view name, const std::vector<std::int32_t>& shape, std::int32_t type,
                          std::string_view data) {
    put(static_cast<std::int32_t>(shape.size())).put(static_cast<std::int32_t>(name.size())).put(type);
    for (auto size = shape.rbegin(); size != shape.rend(); ++size) put(*size);
    m_bytes += name;
    m_bytes += data;
    return *this;
  }

  const std::string& bytes() const { return m_bytes; }

 private:
  template <typename Number>
  WhisperCppBytes& put(Number number) {
    m_bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }

  std::string m_bytes;
};

// Three tokens, one matrix, one bias stored as a column, one row of 8-bit blocks (half scale 0.5, values -16 … 15).
inline std::string smallWhisperCppModel() {
  const std::string floats("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x00\x00\x40\x40", 16);  // 1 -2 0.5 3
  std::string block("\x00\x38", 2);
  for (int value = -16; value < 16; ++value) block += static_cast<char>(value);
  return WhisperCppBytes({3, 10, 2, 1, 1, 8, 2, 1, 1, 2, 1}, 2, 3, {"a", "\xe4\xbd", ""})
      .tensor("encoder.conv2.weight", {2, 2}, 0, floats)
      .tensor("encoder.conv2.bias", {4, 1}, 0, floats)
      .tensor("encoder.blocks.0.mlp.0.weight", {1, 32}, 8, block)
      .bytes();
}

}  // namespace xllm::tests
