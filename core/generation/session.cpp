#include "core/generation/session.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace xllm::generation {

namespace {

void check(const at::Tensor& embeddings, const std::vector<Column>& columns) {
  TORCH_CHECK(embeddings.dim() == 3 && embeddings.size(1) == std::ssize(columns), "a session got embeddings ",
              embeddings.sizes(), " for ", columns.size(), " columns");
}

}  // namespace

std::int64_t Session::keepCommonBeginning(const std::vector<Column>& prompt) {
  const auto [mine, theirs] = std::mismatch(m_columns.begin(), m_columns.end(), prompt.begin(), prompt.end());
  const auto common = m_languageModel.config().readsBothWays()
                          ? 0
                          : std::min<std::int64_t>(mine - m_columns.begin(), std::ssize(prompt) - 1);
  truncate(common);
  return common;
}

void Session::truncate(std::int64_t columns) {
  m_columns.resize(static_cast<std::size_t>(columns));
  m_cache.truncate(columns);
}

at::Tensor Session::append(const at::Tensor& embeddings, const std::vector<Column>& columns) {
  check(embeddings, columns);
  at::Tensor hidden = m_languageModel.forward(embeddings, {}, &m_cache);
  m_columns.insert(m_columns.end(), columns.begin(), columns.end());
  return hidden;
}

at::Tensor Session::appendForLast(const at::Tensor& embeddings, const std::vector<Column>& columns) {
  check(embeddings, columns);
  at::Tensor hidden = m_languageModel.lastRow(embeddings, m_cache);
  m_columns.insert(m_columns.end(), columns.begin(), columns.end());
  return hidden;
}

}  // namespace xllm::generation
