// The single checks of checkData(): of files, of texts, and of what is there twice. Each adds to the findings, and
// takes examples that cannot be used out of use.
#pragma once

#include <vector>

#include "core/data/data_findings.h"
#include "core/data/file_facts.h"

namespace xllm::data {

// Examples, and the different files that they name.
struct CheckedData {
  DataKind kind = DataKind::Pictures;
  bool ownValidation = false;                   // validation has a list of its own
  std::vector<DataExample> examples;            // theirs at the end
  std::vector<FileFacts> files;                 // each once
  std::vector<std::vector<std::size_t>> users;  // of each file: the examples that name it, in order
};

void checkFiles(CheckedData& data, DataFindings& findings);
// After the split is made.
void checkLikeness(const CheckedData& data, DataFindings& findings);
void checkTexts(const CheckedData& data, DataFindings& findings);

// Languages of the texts that are used, those of most texts first.
std::vector<LanguageShare> languagesOf(const CheckedData& data);
// Of texts, files and pictures, where there are any.
std::vector<Measure> measuresOf(const CheckedData& data);

}  // namespace xllm::data
