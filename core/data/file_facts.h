// What is known of each file after it was opened and decoded: on all cores, with low priority, so that whoever works
// beside it notices nothing. Leaves judging to file_checks.h.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/data/data_check.h"
#include "core/data/fault.h"
#include "core/data/file_signature.h"
#include "core/data/picture_mark.h"
#include "core/data/sound_levels.h"

namespace xllm::data {

struct FileFacts {
  DataFile file;
  FileSignature signature;
  std::optional<Fault> problem;  // it cannot be used
  std::string details;           // of it, the end of a sentence; may be empty
  std::string content;           // contentKey(); empty where it is not needed
  int width = 0, height = 0;     // of pictures and clips
  PictureMark mark;              // of pictures
  bool blank = false;            // one colour, at the first, middle and last place
  double seconds = 0;            // of recordings and clips
  double missingSeconds = 0;     // of their ends
  int sampleRateHz = 0, channels = 0;
  SoundLevels levels;
};

struct Inspection {
  const MediaProbe* probe = nullptr;  // nullptr: signatures alone
  bool contentOfAll = false;          // contentKey() of every file, not only of those of one size
  int threads = 0;                    // 0: one a core
};

// In the order of `files`. Cancelled when a stop is asked for; `progress` as of checkData().
Result<std::vector<FileFacts>> inspectFiles(std::span<const DataFile> files, const Inspection& how,
                                            std::stop_token stop, const std::function<void(CheckProgress)>& progress);

}  // namespace xllm::data
