#include "app/cli/cache_option.h"

#include "app/cli/enum_option.h"

namespace xllm::cli {

void addCacheOption(CLI::App& command, llm::KeptAs& kept) {
  addEnumOption(command, "--cache", kept, kCacheNames,
                "What is remembered of a conversation: float16 (default), or int8 in half the memory; of quantised "
                "models of Llama's and Qwen's kind");
}

}  // namespace xllm::cli
