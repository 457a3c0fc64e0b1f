// A tokenizer with one token per byte, for the tiny language model of tests/golden/llama_smollm2.gguf, which knows 160.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace xllm::tests {

class ByteTokenizer final : public tokenizer::Tokenizer {
 public:
  static constexpr tokenizer::TokenId kTurnStart = 150, kTurnEnd = 151;

  std::vector<tokenizer::TokenId> encode(std::string_view text) const override { return {text.begin(), text.end()}; }
  std::string bytesOf(tokenizer::TokenId id) const override {
    return id < 128 ? std::string(1, static_cast<char>(id)) : "";
  }
  std::optional<tokenizer::TokenId> controlToken(std::string_view name) const override {
    if (name == "<|im_start|>") return kTurnStart;
    if (name == "<|im_end|>") return kTurnEnd;
    return std::nullopt;
  }
  std::int64_t vocabularySize() const override { return 160; }
};

}  // namespace xllm::tests
