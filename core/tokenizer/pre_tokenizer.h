// Cuts text into the pieces that byte-level BPE then works on one by one. The expressions of the public tokenizers,
// scanned by hand: no regular-expression engine, linear time, any bytes accepted (a malformed byte counts as a symbol).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace xllm::tokenizer {

enum class PreTokenizer {
  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  Gpt2 = 1,
  // Every \p{N} alone first, then Gpt2 on what lies between.
  SmolLm,
  // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  Qwen2,
  // Qwen2 with \p{N}{1,3}; GLM-4 has the same.
  Llama3,
};

// By the name in a GGUF file's tokenizer.ggml.pre ("gpt-2", "smollm", "qwen2", "llama-bpe", …); nothing: not known.
std::optional<PreTokenizer> preTokenizerNamed(std::string_view ggmlName);
// By the expression in a tokenizer.json, which must be one of the above to the letter.
std::optional<PreTokenizer> preTokenizerOfExpression(std::string_view expression);

// The pieces, in order, none empty; joined they are `text` again, whose bytes they point into.
std::vector<std::string_view> preTokenize(PreTokenizer how, std::string_view text);

}  // namespace xllm::tokenizer
