// Guesses how a text goes on from what already stands in it: answers often quote their question (Saxena 2023,
// "prompt lookup decoding"). Knows no model; a wrong guess costs time, never a word (token_stream.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace xllm::generation {

// One per answer, one thread.
class PromptLookup {
 public:
  // What comes next in the text; negative: something that is no word, which no guess leads over.
  void append(tokenizer::TokenId token);
  // What stood behind the same three tokens when they were last there; at most `most`, often nothing. Rests for a while
  // when its last guesses were wrong.
  std::vector<tokenizer::TokenId> guess(std::size_t most) const;
  // How much of a guess came true.
  void learn(std::size_t right);

 private:
  std::uint64_t lastThree() const;

  std::vector<tokenizer::TokenId> m_text;
  std::unordered_map<std::uint64_t, std::size_t> m_behind;  // three tokens -> where they go on
  double m_right = 2;                                       // of a guess, on average; the newest count most
  std::size_t m_restUntil = 0;                              // length of m_text
};

}  // namespace xllm::generation
