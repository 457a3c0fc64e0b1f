// How lists of training examples are read, whatever their form, and what was noticed on the way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/data/fault.h"

namespace xllm::data {

// One row of which something is to be told.
struct RowNote {
  Fault fault = Fault::MalformedRow;
  bool wrong = true;           // the row is no example
  std::string where;           // "row 7 of x.csv"
  std::string what;            // the rest of the sentence: "names /data/a.jpg, which is not there"
  std::filesystem::path file;  // that it is about; may be empty
};

struct ListOptions {
  bool skipWrongRows = false;  // leave wrong rows out and count them, instead of refusing the whole list
  std::function<void(const RowNote&)> onRow = {};  // gets every one, where ListNotes keeps the first 20
};

struct ListNotes {
  std::int64_t skipped = 0;           // wrong rows that were left out
  std::int64_t duplicates = 0;        // rows that say what an earlier row said; kept once
  std::vector<std::string> warnings;  // the first 20 of both, each a sentence with its row
  std::string form;                   // what the list is: "table", "COCO", "Kaldi", …
};

}  // namespace xllm::data
