#include "core/training/candidates.h"

#include <torch/types.h>

namespace xllm::training {

Candidates::Candidates(const std::vector<std::int64_t>& needed, const std::vector<std::int64_t>& likely,
                       std::int64_t vocabulary, std::int64_t size, data::SeededRandom& random)
    : m_all(size <= 0 || size >= vocabulary) {
  if (m_all) return;
  const auto add = [&](std::int64_t token) {
    if (m_index.try_emplace(token, static_cast<std::int64_t>(m_tokens.size())).second) m_tokens.push_back(token);
  };
  for (const auto token : needed) add(token);
  // Always just so many: matrix products of ever new sizes would be set up anew each step.
  for (std::int64_t drawn = 0; static_cast<std::int64_t>(m_tokens.size()) < size; ++drawn) {
    const bool fromLikely = drawn % 2 == 0 && drawn < size && !likely.empty();
    add(fromLikely ? likely[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(likely.size())))]
                   : random.below(vocabulary));
  }
}

x2l::LlmVocabulary Candidates::of(const x2l::LlmVocabulary& whole) const {
  if (m_all) return whole;
  const at::Tensor rows = at::tensor(m_tokens, at::kLong);
  return {whole.embeddings.index_select(0, rows),
          whole.spelled.defined() ? whole.spelled.index_select(0, rows) : at::Tensor()};
}

}  // namespace xllm::training
