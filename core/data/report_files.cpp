#include <system_error>

#include "core/base/whole_file.h"
#include "core/data/data_check.h"
#include "core/data/format_text.h"

namespace xllm::data {

namespace {

using Path = std::filesystem::path;

tl::unexpected<Error> cannotWrite(const Path& file) {
  return fail(ErrorCode::DiskFull,
              formatText("{} cannot be written. Check the free space and the folder's permissions.", file.string()));
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
  WholeFile training(lists.training), validation(lists.validation);
  for (const DataExample& example : report.all) {
    if (example.usable) (example.validation ? validation : training).write(example.line + '\n');
  }
  for (WholeFile* list : {&training, &validation}) {
    if (list->finish()) return cannotWrite(list->path());
  }
  return lists;
}

Result<void> saveReport(const DataReport& report, const Path& file) {
  WholeFile out(file);
  out.write(file.extension() == ".json" ? reportJson(report) + '\n' : reportText(report));
  if (out.finish()) return cannotWrite(file);
  return {};
}

}  // namespace xllm::data
