#include "core/base/folder_entries.h"

namespace xllm {

std::vector<std::filesystem::directory_entry> entriesIn(const std::filesystem::path& folder, std::error_code& problem) {
  std::vector<std::filesystem::directory_entry> entries;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator entry(folder, problem); entry != end; entry.increment(problem)) {
    entries.push_back(*entry);
  }
  return entries;
}

}  // namespace xllm
