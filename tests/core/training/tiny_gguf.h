// A whole language model in a GGUF file of 100 KB, with random weights and a tokenizer of one token per byte: for tests
// that start where a person does, at a path.
#pragma once

#include <cstdint>
#include <filesystem>

namespace xllm::tests {

// Width 32, 2 layers; ids 0 … 255 are bytes, 256 <|im_start|>, 257 <|im_end|>. The same seed, the same file.
void writeTinyGguf(const std::filesystem::path& file, std::uint64_t seed = 1);

}  // namespace xllm::tests
