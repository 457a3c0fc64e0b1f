// The prompt of one conversation as the KV cache knows it, so that a follow-up question computes only what is new.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/llm/kv_cache.h"
#include "core/llm/language_model.h"

namespace xllm::generation {

// One column of a prompt: a word token, or one soft token of a medium. Equal columns in the same place have equal keys
// and values, so they need not be computed again.
struct Column {
  std::int64_t token = -1;   // ≥ 0: a word
  std::uint64_t medium = 0;  // > 0: soft token `row` of the medium with this number
  std::int64_t row = 0;
  bool operator==(const Column&) const = default;
};

// One thread at a time.
class Session {
 public:
  // `kept`: the form of keys and values (LanguageModel::emptyCache()).
  explicit Session(const llm::LanguageModel& languageModel, llm::KeptAs kept = llm::kKeptUsually)
      : m_languageModel(languageModel), m_cache(languageModel.emptyCache(kept)) {}

  // How many columns `prompt` begins with like this one, all of them included.
  std::int64_t commonBeginning(const std::vector<Column>& prompt) const;
  // Keeps the longest common beginning with `prompt` in the cache, but at most all of it except its last column, which
  // must run to give logits; nothing where the model reads prompts both ways. Answers how many columns are kept.
  std::int64_t keepCommonBeginning(const std::vector<Column>& prompt);
  // Runs embeddings [1, T, hidden] of `columns` (T of them) behind what is there -> their hidden states, as shaped.
  at::Tensor append(const at::Tensor& embeddings, const std::vector<Column>& columns);
  // The same for whoever wants the last one's alone, [1, 1, hidden].
  at::Tensor appendForLast(const at::Tensor& embeddings, const std::vector<Column>& columns);
  void truncate(std::int64_t columns);  // forgets what came after; no more than there are
  const std::vector<Column>& held() const { return m_columns; }
  std::int64_t columns() const { return static_cast<std::int64_t>(m_columns.size()); }
  std::int64_t bytes() const { return m_cache.bytes(); }  // of the keys and values of these columns
  Session beginning(std::int64_t columns) const;          // a copy of the first ones

 private:
  Session(const llm::LanguageModel& languageModel, llm::KvCache cache, std::vector<Column> columns)
      : m_languageModel(languageModel), m_cache(std::move(cache)), m_columns(std::move(columns)) {}

  const llm::LanguageModel& m_languageModel;
  llm::KvCache m_cache;
  std::vector<Column> m_columns;  // what the cache holds
};

}  // namespace xllm::generation
