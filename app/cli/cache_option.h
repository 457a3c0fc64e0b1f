// `--cache`, which is one option of several commands.
#pragma once

#include "core/llm/kept_as.h"

namespace CLI {
class App;
}

namespace xllm::cli {

// float16 or int8, into `kept`, which holds the default.
void addCacheOption(CLI::App& command, llm::KeptAs& kept);

}  // namespace xllm::cli
