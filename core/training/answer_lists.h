// Files of questions and answers beside the training lists: what is asked about a class or about what happens in a
// clip, whichever picture or made-up clip it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/training/train_config.h"

namespace xllm::training {

// For each class: "Is this an animal?" – "Yes, a goldfish is an animal." Beside the dialogues that hold for every
// class, they teach I2L's soft tokens to say more than a name. JSON lines {"class", "ask", "answer"}, class in [0,
// classes); classes may have none. A wrong line is BadInput and named, a missing file NotFound.
Result<std::vector<std::vector<Dialogue>>> readClassAnswers(const std::filesystem::path& file, std::int64_t classes);

// By event, in the words of clip_features.h ("moves left"), patterns with places for {name} and {second}
// (answer_pattern.h). Clips on disk are of the few things that there are pictures of; these hold for every class that
// the encoder knows, and teach V2L's soft tokens to say any of them.
using ClipAnswers = std::map<std::string, std::vector<Dialogue>>;

// JSON lines {"event", "ask", "answer"}. Each event needs one or more; BadInput names the line that is wrong or the
// event that is missing.
Result<ClipAnswers> readClipAnswers(const std::filesystem::path& file);

}  // namespace xllm::training
