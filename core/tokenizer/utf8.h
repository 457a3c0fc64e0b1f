// One step of reading UTF-8 that may be malformed or cut off.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xllm::tokenizer {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

struct Utf8Step {
  enum class Kind : std::uint8_t { Whole = 1, Malformed, Torn };
  Kind kind;
  std::uint8_t length;  // bytes it takes, at least 1
  char32_t codePoint;   // U+FFFD unless Whole
};

// The first character of `rest`, which must not be empty. Malformed covers the longest run that began like a character
// (Unicode 15, section 3.9, "maximal subpart"), so one U+FFFD for it agrees with other programs. Torn: `rest` ends
// inside a character that is right so far.
Utf8Step readUtf8(std::string_view rest);

// Moves the whole characters of `pending` out, a U+FFFD for each malformed run; a torn character stays.
std::string takeWholeUtf8(std::string& pending);
// All of it, a U+FFFD for a torn character, too.
std::string repairedUtf8(std::string bytes);

void appendUtf8(std::string& out, char32_t codePoint);

}  // namespace xllm::tokenizer
