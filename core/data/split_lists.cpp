#include <fstream>
#include <system_error>

#include "core/data/data_check.h"
#include "core/data/format_text.h"

namespace xllm::data {

namespace {

using Path = std::filesystem::path;

tl::unexpected<Error> cannotWrite(const Path& file) {
  return fail(ErrorCode::DiskFull,
              formatText("{} cannot be written. Check the free space and the folder's permissions.", file.string()));
}

Path partOf(const Path& file) { return file.string() + ".part"; }

// Under another name first: a list is whole or not there.
bool writePart(const DataReport& report, bool validation, const Path& file) {
  std::ofstream stream(partOf(file), std::ios::binary | std::ios::trunc);
  for (const DataExample& example : report.all) {
    if (example.usable && example.validation == validation) stream << example.line << '\n';
  }
  stream.close();
  return static_cast<bool>(stream);
}

}  // namespace

Result<SplitLists> writeLists(const DataReport& report, const Path& folder) {
  const SplitFigures& split = report.split;
  if (split.training == 0 || split.validation == 0) {
    return fail(ErrorCode::BadInput,
                formatText("{} leaves {} usable examples for training and {} for validation; each needs at least one. "
                           "Give more data, or a list for validation.",
                           report.source.string(), split.training, split.validation));
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const SplitLists lists{folder / "training.jsonl", folder / "validation.jsonl"};
  bool written = writePart(report, false, lists.training) && writePart(report, true, lists.validation);
  for (const Path& list : {lists.training, lists.validation}) {
    if (written) std::filesystem::rename(partOf(list), list, failed);
    written = written && !failed;
  }
  if (!written) {
    for (const Path& list : {lists.training, lists.validation}) std::filesystem::remove(partOf(list), failed);
    return cannotWrite(folder);
  }
  return lists;
}

}  // namespace xllm::data
