#include "core/tokenizer/utf8.h"

namespace xllm::tokenizer {

Utf8Step readUtf8(std::string_view rest) {
  using Kind = Utf8Step::Kind;
  const auto byteAt = [rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned lead = byteAt(0);
  if (lead < 0x80) return {Kind::Whole, 1, lead};

  // Length and the allowed range of the second byte: table 3-7 of the Unicode standard.
  std::uint8_t length = 0;
  unsigned low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {Kind::Malformed, 1, 0xFFFD};
  }

  char32_t codePoint = lead & (0x7FU >> length);
  for (std::uint8_t i = 1; i < length; ++i) {
    if (i == rest.size()) return {Kind::Torn, i, 0xFFFD};
    const unsigned next = byteAt(i);
    if (next < low || next > high) return {Kind::Malformed, i, 0xFFFD};
    low = 0x80;
    high = 0xBF;
    codePoint = codePoint << 6 | (next & 0x3F);
  }
  return {Kind::Whole, length, codePoint};
}

std::string takeWholeUtf8(std::string& pending) {
  std::string out;
  std::size_t at = 0;
  while (at < pending.size()) {
    const Utf8Step step = readUtf8(std::string_view(pending).substr(at));
    if (step.kind == Utf8Step::Kind::Torn) break;
    if (step.kind == Utf8Step::Kind::Whole) {
      out.append(pending, at, step.length);
    } else {
      out.append(kReplacementCharacter);
    }
    at += step.length;
  }
  pending.erase(0, at);
  return out;
}

std::string repairedUtf8(std::string bytes) {
  std::string out = takeWholeUtf8(bytes);
  if (!bytes.empty()) out.append(kReplacementCharacter);
  return out;
}

void appendUtf8(std::string& out, char32_t codePoint) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (codePoint < 0x80) return put(codePoint);
  if (codePoint < 0x800) {
    put(0xC0 | codePoint >> 6);
  } else {
    if (codePoint < 0x10000) {
      put(0xE0 | codePoint >> 12);
    } else {
      put(0xF0 | codePoint >> 18);
      put(0x80 | (codePoint >> 12 & 0x3F));
    }
    put(0x80 | (codePoint >> 6 & 0x3F));
  }
  put(0x80 | (codePoint & 0x3F));
}

}  // namespace xllm::tokenizer
