// Builds a small CTranslate2 model.bin byte by byte, so that the reader can be tested without a published file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::tests {

class Ctranslate2Bytes {
 public:
  enum class Type : std::uint8_t { F32, I8, I16, I32, F16, BF16 };

  explicit Ctranslate2Bytes(std::uint32_t version = 6, std::string_view spec = "TestSpec", std::uint32_t revision = 3) {
    put(version);
    name(spec);
    put(revision);
  }

  Ctranslate2Bytes& count(std::uint32_t number) { return put(number); }

  Ctranslate2Bytes& variable(std::string_view called, const std::vector<std::uint32_t>& shape, Type type,
                             std::string_view data) {
    name(called);
    put(static_cast<std::uint8_t>(shape.size()));
    for (const std::uint32_t size : shape) put(size);
    put(type);
    put(static_cast<std::uint32_t>(data.size()));
    m_bytes += data;
    return *this;
  }

  Ctranslate2Bytes& alias(std::string_view called, std::string_view of) {
    name(called);
    name(of);
    return *this;
  }

  const std::string& bytes() const { return m_bytes; }

 private:
  template <typename Number>
  Ctranslate2Bytes& put(Number number) {
    m_bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  void name(std::string_view text) {
    put(static_cast<std::uint16_t>(text.size() + 1));
    m_bytes += text;
    m_bytes += '\0';
  }

  std::string m_bytes;
};

// Two tensors, one of them under two names, a flag, a count and a scale.
inline std::string smallCtranslate2Model() {
  using Type = Ctranslate2Bytes::Type;
  const std::string floats("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x00\x00\x40\x40", 16);  // 1 -2 0.5 3
  return Ctranslate2Bytes()
      .count(5)
      .variable("encoder/weight", {2, 2}, Type::F32, floats)
      .variable("encoder/bias", {3}, Type::I8, std::string("\x01\xff\x7f", 3))
      .variable("encoder/num_heads", {}, Type::I16, std::string("\x08\x00", 2))
      .variable("encoder/pre_norm", {}, Type::I8, std::string("\x01", 1))
      .variable("encoder/bias_scale", {}, Type::F32, floats.substr(8, 4))
      .count(2)
      .alias("decoder/weight", "encoder/weight")
      .alias("decoder/num_heads", "encoder/num_heads")
      .bytes();
}

}  // namespace xllm::tests
