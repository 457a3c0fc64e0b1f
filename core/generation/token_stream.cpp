#include "core/generation/token_stream.h"

#include <algorithm>
#include <span>
#include <utility>

#include <ATen/ATen.h>

namespace xllm::generation {

using tokenizer::TokenId;

TokenStream::TokenStream(const llm::LanguageModel& languageModel, Session& session, at::Tensor hidden,
                         const Sampling& sampling, std::size_t drafts)
    : m_languageModel(languageModel),
      m_session(session),
      m_sampling(sampling),
      m_mostDrafts(languageModel.config().readsBothWays() ? 0 : drafts),
      m_rng(sampling.seed),
      m_logits(languageModel.logits(hidden).flatten(0, 1).contiguous()),
      m_columns(session.columns()) {
  if (m_mostDrafts == 0) return;
  for (const Column& column : session.held()) m_lookup.append(column.token);
}

TokenId TokenStream::next() {
  if (m_pending) run();
  const std::int64_t words = m_logits.size(1);
  const TokenId token = sampleToken({m_logits.const_data_ptr<float>() + m_row * words, static_cast<std::size_t>(words)},
                                    m_sampling, m_rng);
  m_columns = m_session.columns() - std::ssize(m_drafts) + m_row;
  if (m_mostDrafts > 0) m_lookup.append(token);
  if (m_row < std::ssize(m_drafts) && m_drafts[static_cast<std::size_t>(m_row)] == token) {
    ++m_row;  // it is a column already
    return token;
  }
  if (!m_drafts.empty()) {
    m_lookup.learn(static_cast<std::size_t>(m_row));
    m_session.truncate(m_columns);
    m_drafts.clear();
  }
  m_pending = token;
  return token;
}

// The pending token, and behind it what is guessed.
void TokenStream::run() {
  const std::int64_t room = m_languageModel.config().contextLength - m_session.columns() - 2;
  if (m_mostDrafts > 0) {
    m_drafts = m_lookup.guess(std::min(m_mostDrafts, static_cast<std::size_t>(std::max<std::int64_t>(room, 0))));
  }
  std::vector<std::int64_t> ids = {*std::exchange(m_pending, std::nullopt)};
  ids.insert(ids.end(), m_drafts.begin(), m_drafts.end());
  std::vector<Column> columns;
  for (const std::int64_t id : ids) columns.push_back({id, 0, 0});
  const at::Tensor hidden = m_session.append(m_languageModel.embed(at::tensor(ids, at::kLong).unsqueeze(0)), columns);
  m_logits = m_languageModel.logits(hidden).flatten(0, 1).contiguous();
  m_row = 0;
  ++m_passes;
}

}  // namespace xllm::generation
