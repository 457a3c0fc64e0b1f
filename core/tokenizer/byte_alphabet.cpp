#include "core/tokenizer/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "core/tokenizer/utf8.h"

namespace xllm::tokenizer {
namespace {

constexpr bool isItself(unsigned byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

constexpr unsigned kCharacters = 0x100 + 68;
constexpr std::int16_t kNone = -1;

// byte of each character of the alphabet, by code point
constexpr auto kByteOf = [] {
  std::array<std::int16_t, kCharacters> byteOf{};
  byteOf.fill(kNone);
  unsigned shifted = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte)
    byteOf[isItself(byte) ? byte : shifted++] = static_cast<std::int16_t>(byte);
  return byteOf;
}();

}  // namespace

bool appendBytes(std::string& out, std::string_view printable) {
  const std::size_t before = out.size();
  out.resize(before + printable.size());  // no character stands for more bytes than it has
  char* to = out.data() + before;
  for (std::size_t at = 0; at < printable.size();) {
    const auto lead = static_cast<unsigned char>(printable[at]);
    char32_t codePoint = lead;
    if (lead < 0x80) {
      ++at;
    } else {
      const Utf8Step step = readUtf8(printable.substr(at));
      codePoint = step.codePoint;
      at += step.length;
    }
    const std::int16_t byte = codePoint < kCharacters ? kByteOf[codePoint] : kNone;
    if (byte == kNone) {
      out.resize(before);
      return false;
    }
    *to++ = static_cast<char>(byte);
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return true;
}

std::string printableOf(std::string_view bytes) {
  static const auto kCharacterOf = [] {
    std::array<unsigned, 256> characterOf{};
    for (unsigned character = 0; character < kCharacters; ++character) {
      if (kByteOf[character] != kNone) characterOf[static_cast<std::size_t>(kByteOf[character])] = character;
    }
    return characterOf;
  }();
  std::string printable;
  for (const char byte : bytes) {
    appendUtf8(printable, kCharacterOf[static_cast<unsigned char>(byte)]);
  }
  return printable;
}

}  // namespace xllm::tokenizer
