// `--cache`, which is one option of several commands.
#pragma once

#include "core/llm/kept_as.h"
#include "core/x2l/config_fields.h"

namespace CLI {
class App;
}

namespace xllm::cli {

inline constexpr x2l::EnumNames<llm::KeptAs, 2> kCacheNames{
    {{"float16", llm::KeptAs::Float16}, {"int8", llm::KeptAs::Int8}}};

// float16 or int8, into `kept`, which holds the default.
void addCacheOption(CLI::App& command, llm::KeptAs& kept);

}  // namespace xllm::cli
