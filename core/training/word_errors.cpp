#include "core/training/word_errors.h"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace xllm::training {

std::vector<std::string> splitWords(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  return words;
}

void countWordErrors(std::string_view reference, std::string_view heard, WordErrors& sum) {
  const auto right = splitWords(reference), said = splitWords(heard);
  std::vector<std::int64_t> row(said.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= right.size(); ++i) {
    std::int64_t diagonal = row[0];
    row[0] = static_cast<std::int64_t>(i);
    for (std::size_t j = 1; j <= said.size(); ++j) {
      const std::int64_t replaced = diagonal + (right[i - 1] == said[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  sum.errors += row.back();
  sum.words += static_cast<std::int64_t>(right.size());
}

}  // namespace xllm::training
