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

std::int64_t Session::commonBeginning(const std::vector<Column>& prompt) const {
  return std::ranges::mismatch(m_columns, prompt).in1 - m_columns.begin();
}

std::int64_t Session::keepCommonBeginning(const std::vector<Column>& prompt) {
  const bool none = m_languageModel.config().readsBothWays();
  const std::int64_t common = none ? 0 : std::min<std::int64_t>(commonBeginning(prompt), std::ssize(prompt) - 1);
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

Session Session::beginning(std::int64_t columns) const {
  return {m_languageModel, m_cache.beginning(columns), {m_columns.begin(), m_columns.begin() + columns}};
}

}  // namespace xllm::generation
