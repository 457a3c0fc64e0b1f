// Where published models have their tokenizers.
#pragma once

#include <filesystem>

namespace xllm::tokenizer {

// tokenizer.json, tokenizer.model or ice_text.model in `folder`, the first that is there; empty: none.
std::filesystem::path tokenizerFileIn(const std::filesystem::path& folder);

}  // namespace xllm::tokenizer
