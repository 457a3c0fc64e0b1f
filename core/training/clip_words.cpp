#include "core/training/clip_words.h"

#include <algorithm>
#include <set>

#include <torch/types.h>

#include "core/training/answer_pattern.h"

namespace xllm::training {

Dialogue fillClipAnswer(const Dialogue& pattern, const ClipParts& parts) {
  TORCH_CHECK(parts.size() == 3, "a clip has three parts, not ", parts.size());
  const auto fill = [&](const std::string& text) {
    return fillPattern(fillPattern(text, "name", parts[0]), "second", parts[1]);
  };
  return {fill(pattern.ask), fill(pattern.answer)};
}

ClipWords::ClipWords(const ClipTraining& sizes, const std::vector<ClipParts>& known,
                     const tokenizer::Tokenizer& tokenizer, const at::Tensor& table)
    : m_places{sizes.nameWords, sizes.nameWords, sizes.eventWords},
      m_tokenizer(tokenizer),
      m_filler(tokenizer.encode("\n").front()) {
  std::set<std::int64_t> used{m_filler};
  for (const auto& parts : known) {
    for (const auto id : ids(parts)) used.insert(id);
  }
  m_all.assign(used.begin(), used.end());
  m_candidates = table.index_select(0, at::tensor(m_all, at::kLong)).to(at::kFloat);
}

std::vector<std::int64_t> ClipWords::targets(const ClipParts& parts) const {
  std::vector<std::int64_t> numbers;
  for (const auto id : ids(parts)) numbers.push_back(std::ranges::lower_bound(m_all, id) - m_all.begin());
  return numbers;
}

std::vector<std::int64_t> ClipWords::ids(const ClipParts& parts) const {
  std::vector<std::int64_t> all;
  for (std::size_t part = 0; part < m_places.size(); ++part) {
    const bool empty = part >= parts.size() || parts[part].empty();
    auto own = empty ? std::vector<tokenizer::TokenId>() : m_tokenizer.encode(" " + parts[part]);
    own.resize(static_cast<std::size_t>(m_places[part]), static_cast<tokenizer::TokenId>(m_filler));
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace xllm::training
