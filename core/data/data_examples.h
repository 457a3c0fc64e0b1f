// Training data of any kind and form as examples of one type, with everything that its readers noticed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/data_check.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct ReadExamples {
  std::vector<DataExample> examples;
  std::vector<RowNote> notes;
  std::string form;
};

// Fails only where nothing can be said of single rows. `key` of pictures is left empty: their content is the key.
Result<ReadExamples> readExamples(const std::filesystem::path& source, DataKind kind);

}  // namespace xllm::data
