// Error rates of transcripts as they are always meant: replaced, left out and added units over the units of the
// references, summed over the whole corpus. Nothing is cut off, and nothing is left out because it failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::evaluation {

enum class TextUnit {
  Words = 1,   // WER: runs of letters and digits; each Chinese, Japanese or Korean sign is a word of its own
  Characters,  // CER: Unicode code points, white space not counted
};

// Both sides go through this before they are compared: lower case (Latin, Greek, Cyrillic), typographic apostrophes as
// ', every other punctuation mark as a space except an apostrophe or a point or comma between digits inside a word,
// runs of white space as one space. Numbers stay as they are written.
std::string normalisedText(std::string_view text);
std::vector<std::string> unitsOf(std::string_view normalised, TextUnit unit);

struct TextErrors {
  std::int64_t replaced = 0, leftOut = 0, added = 0;
  std::int64_t units = 0;  // of the references

  std::int64_t errors() const { return replaced + leftOut + added; }
  // Nothing when the references hold no units (silence): then errors() is what counts.
  std::optional<double> rate() const {
    return units > 0 ? std::optional(static_cast<double>(errors()) / static_cast<double>(units)) : std::nullopt;
  }
  TextErrors& operator+=(const TextErrors& other);
};

// One utterance: the fewest changes that turn `reference` into `heard` (Levenshtein); of equally few, replacements
// before the rest.
TextErrors compareTexts(const std::vector<std::string>& reference, const std::vector<std::string>& heard);
// An utterance that could not be transcribed: all of it is left out, and at least one error.
TextErrors failedText(const std::vector<std::string>& reference);

// Whether `phrase` stands in `answer` as whole words, both normalised. False for a phrase without words.
bool holdsPhrase(std::string_view answer, std::string_view phrase);

}  // namespace xllm::evaluation
