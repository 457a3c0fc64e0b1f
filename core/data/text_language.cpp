#include "core/data/text_language.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace xllm::data {

namespace {

// The next character of valid UTF-8; moves `at` behind it.
char32_t nextCharacter(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t sign = first < 0x80 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) sign = sign << 6 | (byte(at + i) & 0x3F);
  at += length;
  return sign;
}

enum class Script : std::size_t {
  Latin,
  Han,
  Kana,
  Hangul,
  Cyrillic,
  Greek,
  Arabic,
  Hebrew,
  Devanagari,
  Bengali,
  Tamil,
  Thai,
  Other,
  kCount,
};
constexpr std::array<std::string_view, static_cast<std::size_t>(Script::kCount)> kLanguages{
    "Latin", "zh", "ja", "ko", "ru", "el", "ar", "he", "hi", "bn", "ta", "th", "other letters"};

struct Range {
  char32_t first, last;
  Script script;
};
constexpr std::array<Range, 17> kRanges{{{0xC0, 0x24F, Script::Latin},
                                         {0x370, 0x3FF, Script::Greek},
                                         {0x400, 0x52F, Script::Cyrillic},
                                         {0x590, 0x5FF, Script::Hebrew},
                                         {0x600, 0x77F, Script::Arabic},
                                         {0x900, 0x97F, Script::Devanagari},
                                         {0x980, 0x9FF, Script::Bengali},
                                         {0xB80, 0xBFF, Script::Tamil},
                                         {0xE00, 0xE7F, Script::Thai},
                                         {0x1100, 0x11FF, Script::Hangul},
                                         {0x1E00, 0x1EFF, Script::Latin},
                                         {0x3040, 0x30FF, Script::Kana},
                                         {0x3400, 0x9FFF, Script::Han},
                                         {0xAC00, 0xD7AF, Script::Hangul},
                                         {0xF900, 0xFAFF, Script::Han},
                                         {0xFB50, 0xFEFC, Script::Arabic},
                                         {0x20000, 0x3FFFF, Script::Han}}};

// Nothing: no letter. Letters of scripts that are not listed are Other.
std::optional<Script> scriptOf(char32_t sign) {
  if (sign < 0x80) {
    const bool letter = (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');
    return letter ? std::optional(Script::Latin) : std::nullopt;
  }
  if (sign < 0xC0 || sign == 0xD7 || sign == 0xF7) return std::nullopt;
  const auto range = std::ranges::find_if(kRanges, [&](const Range& r) { return sign >= r.first && sign <= r.last; });
  if (range != kRanges.end()) return range->script;
  // Marks, signs and pictures stand between; other scripts do in two blocks.
  const bool letters = (sign >= 0x530 && sign < 0x1DC0) || (sign >= 0xA000 && sign < 0xAC00);
  return letters ? std::optional(Script::Other) : std::nullopt;
}

struct SmallWords {
  std::string_view language;
  std::array<std::string_view, 18> words;
};
// Words that are among the most frequent of one language; those that several share stand at all of them.
constexpr std::array<SmallWords, 7> kSmallWords{{
    {"en",
     {"the", "a", "an", "and", "of", "is", "are", "in", "on", "with", "to", "it", "this", "what", "you", "that", "at",
      "for"}},
    {"de",
     {"der", "die", "das", "und", "ein", "eine", "einer", "einem", "ist", "sind", "auf", "mit", "in", "nicht", "im",
      "von", "zu", "ich"}},
    {"fr",
     {"le", "la", "les", "un", "une", "et", "est", "sont", "dans", "sur", "avec", "de", "du", "des", "au", "en", "il",
      "que"}},
    {"es",
     {"el", "la", "los", "las", "un", "una", "y", "es", "en", "con", "de", "del", "que", "está", "por", "sobre", "al",
      "se"}},
    {"it",
     {"il", "la", "le", "un", "una", "e", "è", "di", "del", "della", "con", "su", "che", "in", "sono", "gli", "per",
      "non"}},
    {"pt",
     {"o", "a", "os", "as", "um", "uma", "e", "é", "em", "com", "de", "do", "da", "que", "no", "na", "está", "por"}},
    {"nl",
     {"de", "het", "een", "en", "is", "zijn", "op", "met", "van", "in", "te", "niet", "dat", "ik", "aan", "er", "voor",
      "die"}},
}};

std::string smallLetters(std::string_view text) {
  std::string lower;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t sign = nextCharacter(text, at);
    if (sign >= 'A' && sign <= 'Z') {
      lower += static_cast<char>(sign + 32);
    } else if (sign >= 0xC0 && sign <= 0xDE && sign != 0xD7) {  // À … Þ: in UTF-8 the second byte grows
      lower += text[start];
      lower += static_cast<char>(text[start + 1] + 0x20);
    } else if (scriptOf(sign)) {
      lower.append(text.substr(start, at - start));
    } else if (!lower.empty() && lower.back() != ' ') {
      lower += ' ';
    }
  }
  return lower;
}

std::string latinLanguage(std::string_view text) {
  const std::string lower = smallLetters(text);
  std::array<int, kSmallWords.size()> found{};
  for (std::size_t at = 0; at < lower.size();) {
    const std::size_t end = std::min(lower.find(' ', at), lower.size());
    const auto word = std::string_view(lower).substr(at, end - at);
    for (std::size_t i = 0; i < kSmallWords.size(); ++i) {
      if (std::ranges::find(kSmallWords[i].words, word) != kSmallWords[i].words.end()) ++found[i];
    }
    at = end + 1;
  }
  const auto best = std::ranges::max_element(found);
  if (*best < 2 || std::ranges::count(found, *best) > 1) return "Latin";
  return std::string(kSmallWords[static_cast<std::size_t>(best - found.begin())].language);
}

bool isOneWord(Script script) { return script == Script::Han || script == Script::Kana || script == Script::Thai; }

}  // namespace

std::string languageOf(std::string_view text) {
  std::array<std::int64_t, static_cast<std::size_t>(Script::kCount)> letters{};
  for (std::size_t at = 0; at < text.size();) {
    if (const auto script = scriptOf(nextCharacter(text, at))) ++letters[static_cast<std::size_t>(*script)];
  }
  // A Chinese or Japanese character says as much as three letters.
  for (const Script script : {Script::Han, Script::Kana}) letters[static_cast<std::size_t>(script)] *= 3;
  const auto most = std::ranges::max_element(letters);
  if (*most == 0) return {};
  const auto script = static_cast<Script>(most - letters.begin());
  if (script == Script::Latin) return latinLanguage(text);
  // Japanese writes in both; Chinese has no kana.
  if (script == Script::Han && letters[static_cast<std::size_t>(Script::Kana)] * 8 > *most) return "ja";
  return std::string(kLanguages[static_cast<std::size_t>(script)]);
}

std::int64_t wordsIn(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t sign = nextCharacter(text, at);
    const auto script = scriptOf(sign);
    const bool alone = script && isOneWord(*script);
    const bool part = script || (sign >= '0' && sign <= '9') || (inside && (sign == '\'' || sign == '-'));
    if (alone || (part && !inside)) ++words;
    inside = part && !alone;
  }
  return words;
}

std::int64_t lettersIn(std::string_view text) {
  std::int64_t letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t sign = nextCharacter(text, at);
    if (scriptOf(sign) || (sign >= '0' && sign <= '9')) ++letters;
  }
  return letters;
}

bool hasBrokenLetters(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char32_t sign = nextCharacter(text, at);
    if (sign == 0xFFFD) return true;
    if (sign != 0xC2 && sign != 0xC3 && sign != 0xE2) continue;
    std::size_t behind = at;
    const char32_t next = behind < text.size() ? nextCharacter(text, behind) : U' ';
    // What continues a UTF-8 sequence; read as Latin-1 or as Windows-1252.
    if ((next >= 0x80 && next <= 0xBF) || (sign == 0xE2 && next == 0x20AC)) return true;
  }
  return false;
}

}  // namespace xllm::data
