// The tokens of one answer, one after the other. Where the text so far suggests how it goes on, several tokens go
// through the model in one pass and those that it would have drawn anyway are kept: the same text in fewer passes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/generation/prompt_lookup.h"
#include "core/generation/sampling.h"
#include "core/generation/session.h"

namespace xllm::generation {

// One thread. Everything handed over outlives it.
class TokenStream {
 public:
  // `hidden` [1, 1, hidden] is the state of the session's last column. At most `drafts` tokens are guessed for a pass;
  // none where the model reads prompts both ways, nor near the end of the context.
  TokenStream(const llm::LanguageModel& languageModel, Session& session, at::Tensor hidden, const Sampling& sampling,
              std::size_t drafts);

  // Draws the next token; the model runs only where that was not foreseen.
  tokenizer::TokenId next();
  // Columns in front of the newest token.
  std::int64_t columns() const { return m_columns; }
  std::int64_t passes() const { return m_passes; }  // of the model, for measurements

 private:
  void run();

  const llm::LanguageModel& m_languageModel;
  Session& m_session;
  const Sampling m_sampling;
  const std::size_t m_mostDrafts;
  Rng m_rng;
  PromptLookup m_lookup;
  std::vector<tokenizer::TokenId> m_drafts;     // of the pass whose rows are drawn from
  std::optional<tokenizer::TokenId> m_pending;  // drawn, but not yet a column of the session
  at::Tensor m_logits;                          // [1 + drafts, vocabulary]
  std::int64_t m_row = 0;
  std::int64_t m_columns = 0;
  std::int64_t m_passes = 0;
};

}  // namespace xllm::generation
