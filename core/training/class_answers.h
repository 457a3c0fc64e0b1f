// Questions and answers that hold for one class each: "Is this an animal?" – "Yes, a goldfish is an animal." Beside the
// dialogues that hold for every class, they teach I2L's soft tokens to say more than a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/result.h"
#include "core/training/train_config.h"

namespace xllm::training {

// JSON lines {"class", "ask", "answer"}, class in [0, classes) -> for each class its dialogues, maybe none. A wrong
// line is BadInput and named.
Result<std::vector<std::vector<Dialogue>>> readClassAnswers(const std::filesystem::path& file, std::int64_t classes);

}  // namespace xllm::training
