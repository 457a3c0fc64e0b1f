// How lists of training examples are read, whatever their form, and what was noticed on the way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xllm::data {

struct ListOptions {
  bool skipWrongRows = false;  // leave wrong rows out and count them, instead of refusing the whole list
};

struct ListNotes {
  std::int64_t skipped = 0;           // wrong rows that were left out
  std::int64_t duplicates = 0;        // rows that say what an earlier row said; kept once
  std::vector<std::string> warnings;  // the first 20 of both, each a sentence with its row
};

}  // namespace xllm::data
