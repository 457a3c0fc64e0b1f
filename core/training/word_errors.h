// Word error rate as it is always meant: insertions, deletions and replacements over the words of the reference, summed
// over the whole corpus.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::training {

struct WordErrors {
  std::int64_t errors = 0, words = 0;  // words of the references
  double rate() const { return words > 0 ? static_cast<double>(errors) / static_cast<double>(words) : 0.0; }
};

std::vector<std::string> splitWords(std::string_view text);
// Adds one sentence; words are compared as they are, split at white space.
void countWordErrors(std::string_view reference, std::string_view heard, WordErrors& sum);

}  // namespace xllm::training
