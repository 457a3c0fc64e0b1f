// Lists for training, made of a person's own data in whatever form it comes: which examples are for training and which
// for validation, the same for all stages, and the conversations of the last stage, made of the same examples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "core/base/result.h"
#include "core/data/data_check.h"
#include "core/data/list_options.h"

namespace xllm::data {

struct OwnListOptions {
  double validationShare = 0.1;
  std::uint64_t seed = 0;               // of the split
  bool skipWrongRows = false;           // of the source
  std::set<std::string> leaveOut = {};  // examples whose `where` is one of these: files that turned out to be broken
  std::string ask = {};  // what is asked about a picture or a clip, or said beside a recording; may be empty
};

struct OwnLists {
  std::int64_t training = 0, validation = 0;  // examples
};

// Writes into `folder`, by the kind's name NAME ("image", "video", "speech", "conversations"):
//   NAME-train.jsonl, NAME-validation.jsonl: for the stages of that interface (docs/training-data.md), with absolute
//     paths; clips as questions with answers;
//   NAME-talk-train.jsonl, NAME-talk-validation.jsonl: the same as conversations, each of the task NAME. The answer to
//     a recording is its own, else what is said in it; one in which nobody speaks makes no conversation.
// Of Conversations there is no second pair: the first is written under the names of the second. Files are complete or
// as they were. The source's errors; BadInput where one side of the split would be empty; DiskFull.
Result<OwnLists> writeOwnLists(const std::filesystem::path& source, DataKind kind, const OwnListOptions& options,
                               const std::filesystem::path& folder);

std::string nameOf(DataKind kind);  // of its files, and as interfaces are called

}  // namespace xllm::data
