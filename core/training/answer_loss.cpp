#include "core/training/answer_loss.h"

#include <algorithm>
#include <utility>

#include <torch/types.h>
#include <torch/utils.h>

#include "core/training/frozen_head_loss.h"

namespace xllm::training {

namespace {

using tokenizer::TokenId;
using Words = std::vector<TokenId>;

// How many words all examples begin with. At least one row of each prompt is left over: the row that the first token of
// the answer is predicted from.
std::size_t sharedWords(const std::vector<AnsweredPrompt>& examples) {
  const auto* first = std::get_if<Words>(&examples.front().prompt.front());
  if (first == nullptr) return 0;
  std::size_t shared = first->size();
  for (const auto& example : examples) {
    const auto* words = std::get_if<Words>(&example.prompt.front());
    if (words == nullptr) return 0;
    const auto same = std::ranges::mismatch(*first, *words).in1 - first->begin();
    shared = std::min(shared, static_cast<std::size_t>(same));
    if (example.prompt.size() == 1) shared = std::min(shared, words->size() - 1);
  }
  return shared;
}

}  // namespace

AnsweredPrompt answeredPrompt(const std::vector<generation::Turn>& turns, const generation::PromptFormat& format,
                              const tokenizer::Tokenizer& tokenizer, const std::vector<SoftTokens>& media,
                              const std::string& answer) {
  AnsweredPrompt example;
  std::size_t used = 0;
  for (auto& piece : generation::layOutPrompt(turns, format, tokenizer)) {
    if (auto* words = std::get_if<Words>(&piece)) {
      example.prompt.emplace_back(std::move(*words));
    } else {
      TORCH_CHECK(used < media.size(), "the conversation has more media than the ", media.size(), " given");
      example.prompt.emplace_back(media[used++]);
    }
  }
  TORCH_CHECK(used == media.size(), "the conversation has ", used, " media, but ", media.size(), " are given");
  example.answer = tokenizer.encode(answer);
  example.answer.push_back(format.chatTemplate.answerEnd());
  return example;
}

// The batch behind the prefix.
struct AnswerLoss::Rows {
  at::Tensor embeddings, valid;       // [B, T, width], [B, T]
  at::Tensor owners, places, labels;  // [answers' tokens] int64: example, row whose score predicts it, token
  at::Tensor promptEnds;              // [B] int64: the last row of each prompt
};

void AnswerLoss::keepPrefix(const Words& ids, std::size_t words) {
  Words wanted(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(words));
  if (wanted == m_prefixIds) return;
  m_prefix = llm::KvCache();
  m_prefixIds = std::move(wanted);
  if (m_prefixIds.empty()) return;
  const torch::NoGradGuard noGrad;
  m_languageModel.forward(m_languageModel.embed(at::tensor(m_prefixIds, at::kLong).unsqueeze(0)), {}, &m_prefix);
}

at::Tensor AnswerLoss::wordRows(const Words& ids) const {
  return m_languageModel.embed(at::tensor(ids, at::kLong).unsqueeze(0))[0];
}

std::vector<at::Tensor> AnswerLoss::promptRows(const AnsweredPrompt& example, std::size_t skipped) const {
  const auto width = m_languageModel.config().hidden;
  std::vector<at::Tensor> parts;
  for (const auto& piece : example.prompt) {
    if (const auto* soft = std::get_if<SoftTokens>(&piece)) {
      TORCH_CHECK(soft->embeddings.dim() == 2 && soft->embeddings.size(1) == width, "soft tokens are [N, ", width,
                  "], not ", soft->embeddings.sizes());
      const at::Tensor all = soft->embeddings.to(at::kFloat);
      parts.push_back(soft->valid.defined() ? all.index({soft->valid}) : all);
    } else {
      const auto& words = std::get<Words>(piece);
      const auto from = static_cast<std::ptrdiff_t>(&piece == &example.prompt.front() ? skipped : 0);
      if (from < std::ssize(words)) parts.push_back(wordRows({words.begin() + from, words.end()}));
    }
  }
  return parts;
}

AnswerLoss::Rows AnswerLoss::layOut(const std::vector<AnsweredPrompt>& examples) const {
  std::vector<at::Tensor> rows;
  std::vector<std::int64_t> lengths, owners, places, labels, promptEnds;
  for (const auto& example : examples) {
    TORCH_CHECK(!example.answer.empty(), "an example needs an answer");
    auto parts = promptRows(example, m_prefixIds.size());
    std::int64_t place = -1;  // of the row that the answer's next token is predicted from
    for (const auto& part : parts) place += part.size(0);
    TORCH_CHECK(place >= 0, "an example needs a prompt");
    promptEnds.push_back(place);
    for (const TokenId token : example.answer) {
      owners.push_back(static_cast<std::int64_t>(rows.size()));
      places.push_back(place++);
      labels.push_back(token);
    }
    if (example.answer.size() > 1) parts.push_back(wordRows({example.answer.begin(), example.answer.end() - 1}));
    rows.push_back(torch::cat(parts));
    lengths.push_back(place);
  }
  const std::int64_t longest = *std::ranges::max_element(lengths);
  for (auto& row : rows) row = torch::constant_pad_nd(row, {0, 0, 0, longest - row.size(0)});
  return {torch::stack(rows),
          at::arange(longest).unsqueeze(0).lt(at::tensor(lengths, at::kLong).unsqueeze(1)),
          at::tensor(owners, at::kLong),
          at::tensor(places, at::kLong),
          at::tensor(labels, at::kLong),
          at::tensor(promptEnds, at::kLong)};
}

at::Tensor AnswerLoss::hiddenBehindPrefix(const std::vector<AnsweredPrompt>& examples, Rows& rows) {
  TORCH_CHECK(!examples.empty(), "no examples to score");
  const auto shared = m_languageModel.config().readsBothWays() ? std::size_t{0} : sharedWords(examples);
  keepPrefix(shared > 0 ? std::get<Words>(examples.front().prompt.front()) : Words(), shared);
  rows = layOut(examples);
  const at::Tensor hidden = shared > 0 ? m_languageModel.forwardBehind(m_prefix, rows.embeddings, rows.valid)
                                       : m_languageModel.forward(rows.embeddings, rows.valid, nullptr,
                                                                 {.mask = {}, .answer = rows.promptEnds});
  return hidden.index({rows.owners, rows.places});
}

AnswerScores AnswerLoss::score(const std::vector<AnsweredPrompt>& examples) {
  Rows rows;
  const at::Tensor hidden = hiddenBehindPrefix(examples, rows);
  const auto [each, best] = tokenLosses(m_languageModel, hidden, rows.labels);
  const auto perExample = [&](const at::Tensor& values) {
    return at::zeros({static_cast<std::int64_t>(examples.size())}, values.options().requires_grad(false))
        .scatter_add(0, rows.owners, values.detach());
  };
  const at::Tensor wrong = best.ne(rows.labels).to(at::kLong);
  return {each.mean(), perExample(each) / perExample(at::ones_like(each)), perExample(wrong).eq(0), each.size(0)};
}

at::Tensor AnswerLoss::predictions(const std::vector<AnsweredPrompt>& examples) {
  const torch::NoGradGuard noGrad;
  Rows rows;
  return m_languageModel.logits(hiddenBehindPrefix(examples, rows)).to(at::kFloat);
}

Words AnswerLoss::greedyAnswer(const AnsweredPrompt& example, std::int64_t most, const Words& stops) const {
  const torch::NoGradGuard noGrad;
  llm::KvCache cache;
  at::Tensor rows = torch::cat(promptRows(example, 0));
  Words answer;
  while (std::ssize(answer) < most) {
    const at::Tensor hidden = m_languageModel.forward(rows.unsqueeze(0), {}, &cache);
    const auto token = m_languageModel.logits(hidden[0][-1]).argmax().item<TokenId>();
    if (std::ranges::find(stops, token) != stops.end()) break;
    answer.push_back(token);
    rows = wordRows({token});
  }
  return answer;
}

}  // namespace xllm::training
