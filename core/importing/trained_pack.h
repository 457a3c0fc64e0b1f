// A pack of another one and what was trained for it: interfaces of runs of `xllm train`, with a card that says how they
// were made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/pack.h"

namespace xllm::importing {

// Whether `folder` is that of a run which has exported weights (docs/training.md).
bool isRun(const std::filesystem::path& folder);

// What whoever makes a pack of this run should know: that it is still going on, or that more training is meant to
// follow.
std::vector<std::string> runWarnings(const std::filesystem::path& folder);

// Makes the folder `into`: all of `pack`, whose files are shared on the disk where that is possible, with each run's
// interface instead of, or beside, the one of that kind; of a run of stage 3 all of its interfaces. What stands around
// soft tokens comes from the runs. card.md in it says how each was trained. Of two runs of one kind the later one
// counts. Complete and checked, or not there at all. NotFound, BadInput and CorruptFile name the run; DiskFull.
Result<void> packTrained(const model::Pack& pack, const std::vector<std::filesystem::path>& runs,
                         const std::string& name, const std::filesystem::path& into);

}  // namespace xllm::importing
