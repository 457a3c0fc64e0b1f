// Which language a text is in, as far as its script and the small words of a few languages tell; how many words it has;
// and whether a wrong conversion left its traces. No model: enough to find what does not belong to the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xllm::data {

// `text` is valid UTF-8. "zh", "ja", "ko", "ru", "ar", … by script; in Latin letters one of en, de, fr, es, it, pt, nl
// where at least two of its small words are found, and more than of another language; else "Latin". Empty: no letters.
std::string languageOf(std::string_view text);

// Words between spaces; of Chinese and Japanese every character.
std::int64_t wordsIn(std::string_view text);
// The letters and digits in it; of Chinese, Japanese and Korean the characters.
std::int64_t lettersIn(std::string_view text);

// A replacement character, or UTF-8 that was read as Latin-1 ("Ã¤").
bool hasBrokenLetters(std::string_view text);

}  // namespace xllm::data
