#include <fstream>
#include <functional>
#include <initializer_list>
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

// Under another name first, so that a file is whole or not there.
bool writePart(const Path& file, const std::function<void(std::ostream&)>& write) {
  std::ofstream stream(partOf(file), std::ios::binary | std::ios::trunc);
  write(stream);
  stream.close();
  return static_cast<bool>(stream);
}

// What was written under other names gets its own, if all of it was; else it goes.
Result<void> finish(std::initializer_list<Path> files, bool written) {
  std::error_code failed;
  for (const Path& file : files) {
    if (written) std::filesystem::rename(partOf(file), file, failed);
    written = written && !failed;
  }
  if (written) return {};
  for (const Path& file : files) std::filesystem::remove(partOf(file), failed);
  return cannotWrite(*files.begin());
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
  const auto part = [&](bool validation) {
    return [&report, validation](std::ostream& stream) {
      for (const DataExample& example : report.all) {
        if (example.usable && example.validation == validation) stream << example.line << '\n';
      }
    };
  };
  const bool written = writePart(lists.training, part(false)) && writePart(lists.validation, part(true));
  if (const auto done = finish({lists.training, lists.validation}, written); !done) {
    return tl::unexpected(done.error());
  }
  return lists;
}

Result<void> saveReport(const DataReport& report, const Path& file) {
  const bool json = file.extension() == ".json";
  const bool written =
      writePart(file, [&](std::ostream& stream) { stream << (json ? reportJson(report) + "\n" : reportText(report)); });
  return finish({file}, written);
}

}  // namespace xllm::data
