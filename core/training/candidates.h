// A sample of the language model's tokens that one step's scores are computed over: those that are right somewhere in
// the batch, and others drawn at random.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/data/seeded_random.h"
#include "core/x2l/speech_interface.h"

namespace xllm::training {

class Candidates {
 public:
  // `needed` first, then random tokens up to `size`: half of them from `likely`, half from the whole vocabulary. size
  // 0, or one that reaches the vocabulary: all tokens in order.
  Candidates(const std::vector<std::int64_t>& needed, const std::vector<std::int64_t>& likely, std::int64_t vocabulary,
             std::int64_t size, data::SeededRandom& random);

  x2l::LlmVocabulary of(const x2l::LlmVocabulary& whole) const;  // the candidates' rows of each table
  std::int64_t indexOf(std::int64_t token) const { return m_all ? token : m_index.at(token); }

 private:
  bool m_all = false;
  std::vector<std::int64_t> m_tokens;
  std::unordered_map<std::int64_t, std::int64_t> m_index;
};

}  // namespace xllm::training
