#include "app/cli/cache_option.h"

#include <string>

#include <CLI/CLI.hpp>

namespace xllm::cli {

void addCacheOption(CLI::App& command, llm::KeptAs& kept) {
  const auto set = [&kept](const std::string& name) {
    kept = name == "int8" ? llm::KeptAs::Int8 : llm::KeptAs::Float16;
  };
  command
      .add_option_function<std::string>("--cache", set,
                                        "What is remembered of a conversation: float16 (default), or int8 in half the "
                                        "memory; of quantised models of Llama's and Qwen's kind")
      ->check(CLI::IsMember({"float16", "int8"}));
}

}  // namespace xllm::cli
