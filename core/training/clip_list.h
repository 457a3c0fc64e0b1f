// Conversations about clips: a list on disk, one question with its answer a line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace xllm::training {

struct ClipQuestion {
  std::filesystem::path video;  // absolute, or relative to the working folder
  std::string ask, answer;
  std::vector<std::string>
      words;  // what is there, in few words: a thing, a second one or "", what happens; may be empty
};

// Lines {"video": "a.mp4", "ask": "…", "answer": "…", "words": ["owl", "", "appears"]}, paths relative to the list's
// folder; "words" may be left out, other keys are ignored. Every file must exist. BadInput and NotFound name the list,
// the line and what is wrong with it.
Result<std::vector<ClipQuestion>> readClipQuestions(const std::filesystem::path& list);

}  // namespace xllm::training
