#include "core/evaluation/text_errors.h"

#include <algorithm>

#include "core/tokenizer/utf8.h"

namespace xllm::evaluation {

namespace {

using tokenizer::appendUtf8;
using tokenizer::readUtf8;

bool within(char32_t sign, char32_t first, char32_t last) { return sign >= first && sign <= last; }

char32_t lowerCase(char32_t sign) {
  if (within(sign, U'A', U'Z') || (within(sign, 0xC0, 0xDE) && sign != 0xD7)) return sign + 32;
  if (within(sign, 0x0391, 0x03A9) || within(sign, 0x0410, 0x042F)) return sign + 32;  // Greek, Cyrillic
  if (within(sign, 0x0400, 0x040F)) return sign + 80;
  if (within(sign, 0x0100, 0x0137) && sign % 2 == 0) return sign + 1;  // Latin Extended-A
  return sign;
}

bool isPunctuation(char32_t sign) {
  return within(sign, 0x21, 0x2F) || within(sign, 0x3A, 0x40) || within(sign, 0x5B, 0x60) || within(sign, 0x7B, 0x7E) ||
         within(sign, 0xA1, 0xBF) || within(sign, 0x2010, 0x2027) || within(sign, 0x2030, 0x205E) ||
         within(sign, 0x3001, 0x3003) || within(sign, 0x3008, 0x3011) || within(sign, 0x3014, 0x301F) ||
         within(sign, 0xFF01, 0xFF0F) || within(sign, 0xFF1A, 0xFF20) || within(sign, 0xFF3B, 0xFF40) ||
         within(sign, 0xFF5B, 0xFF65) || sign == 0xFFFD;
}

bool isWhite(char32_t sign) {
  return sign <= 0x20 || sign == 0x7F || sign == 0xA0 || sign == 0x3000 || within(sign, 0x2000, 0x200B) ||
         within(sign, 0x2028, 0x202F) || sign == 0xFEFF;
}

// Scripts written without spaces between words.
bool standsAlone(char32_t sign) {
  return within(sign, 0x3040, 0x30FF) || within(sign, 0x3400, 0x9FFF) || within(sign, 0xAC00, 0xD7AF) ||
         within(sign, 0xF900, 0xFAFF) || within(sign, 0x20000, 0x3134F);
}

bool isDigit(char32_t sign) { return within(sign, U'0', U'9'); }

std::u32string codePoints(std::string_view text) {
  std::u32string signs;
  while (!text.empty()) {
    const auto step = readUtf8(text);
    signs.push_back(step.codePoint);
    text.remove_prefix(step.length);
  }
  return signs;
}

}  // namespace

std::string normalisedText(std::string_view text) {
  std::u32string signs = codePoints(text);
  for (char32_t& sign : signs) {
    if (sign == 0x2019 || sign == 0x02BC) sign = U'\'';
  }
  const auto at = [&](std::size_t i) { return i < signs.size() ? signs[i] : U' '; };
  const auto inWord = [&](char32_t sign) { return !isPunctuation(sign) && !isWhite(sign); };
  std::string out;
  bool gap = false;
  for (std::size_t i = 0; i < signs.size(); ++i) {
    const char32_t sign = signs[i], before = i > 0 ? signs[i - 1] : U' ', after = at(i + 1);
    const bool kept = (sign == U'\'' && inWord(before) && inWord(after)) ||
                      ((sign == U'.' || sign == U',') && isDigit(before) && isDigit(after));
    if (!kept && (isWhite(sign) || isPunctuation(sign))) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    appendUtf8(out, lowerCase(sign));
  }
  return out;
}

std::vector<std::string> unitsOf(std::string_view normalised, TextUnit unit) {
  std::vector<std::string> units;
  bool open = false;  // the last word goes on
  while (!normalised.empty()) {
    const auto step = readUtf8(normalised);
    const std::string_view bytes = normalised.substr(0, step.length);
    normalised.remove_prefix(step.length);
    if (isWhite(step.codePoint)) {
      open = false;
      continue;
    }
    const bool alone = unit == TextUnit::Characters || standsAlone(step.codePoint);
    if (open && !alone) {
      units.back() += bytes;
    } else {
      units.emplace_back(bytes);
    }
    open = !alone;
  }
  return units;
}

TextErrors& TextErrors::operator+=(const TextErrors& other) {
  replaced += other.replaced;
  leftOut += other.leftOut;
  added += other.added;
  units += other.units;
  return *this;
}

TextErrors compareTexts(const std::vector<std::string>& reference, const std::vector<std::string>& heard) {
  std::vector<TextErrors> row(heard.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j].added = static_cast<std::int64_t>(j);
  for (const std::string& wanted : reference) {
    TextErrors diagonal = row[0];
    ++row[0].leftOut;
    for (std::size_t j = 1; j < row.size(); ++j) {
      TextErrors best = diagonal;
      if (wanted != heard[j - 1]) ++best.replaced;
      if (row[j].errors() + 1 < best.errors()) {
        best = row[j];
        ++best.leftOut;
      }
      if (row[j - 1].errors() + 1 < best.errors()) {
        best = row[j - 1];
        ++best.added;
      }
      diagonal = row[j];
      row[j] = best;
    }
  }
  TextErrors result = row.back();
  result.units = static_cast<std::int64_t>(reference.size());
  return result;
}

TextErrors failedText(const std::vector<std::string>& reference) {
  TextErrors errors;
  errors.units = static_cast<std::int64_t>(reference.size());
  errors.leftOut = std::max<std::int64_t>(errors.units, 1);
  return errors;
}

bool holdsPhrase(std::string_view answer, std::string_view phrase) {
  const auto words = unitsOf(normalisedText(answer), TextUnit::Words);
  const auto wanted = unitsOf(normalisedText(phrase), TextUnit::Words);
  return !wanted.empty() && !std::ranges::search(words, wanted).empty();
}

}  // namespace xllm::evaluation
