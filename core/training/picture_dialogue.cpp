#include "core/training/picture_dialogue.h"

#include <algorithm>

#include <torch/torch.h>

#include "core/generation/prompt.h"

namespace xllm::training {

namespace {

void replaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string fillName(const std::string& text, const std::string& name) {
  const bool vowel = !name.empty() && std::string("aeiouAEIOU").find(name.front()) != std::string::npos;
  std::string filled = text;
  replaceAll(filled, "{a name}", (vowel ? "an " : "a ") + name);
  replaceAll(filled, "{name}", name);
  return filled;
}

PictureDialogue::PictureDialogue(const ImageTraining& config, const llm::LanguageModel& languageModel,
                                 const tokenizer::Tokenizer& tokenizer, const tokenizer::ChatTemplate& chatTemplate)
    : m_config(config), m_languageModel(languageModel), m_tokenizer(tokenizer), m_chatTemplate(chatTemplate) {}

PictureDialogue::Layout PictureDialogue::layOut(const Dialogue& dialogue, const std::string& name) const {
  const generation::PromptFormat format{m_chatTemplate, "", {m_config.before, m_config.after, ""}, {}};
  const std::vector<generation::Turn> turns{{Role::User, {generation::Picture(), dialogue.ask}}};
  Layout layout;
  bool seen = false;
  for (const auto& piece : generation::layOutPrompt(turns, format, m_tokenizer)) {
    if (std::holds_alternative<generation::MediaPlace>(piece)) {
      seen = true;
      continue;
    }
    const auto& ids = std::get<std::vector<tokenizer::TokenId>>(piece);
    auto& side = seen ? layout.after : layout.before;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  layout.answer = m_tokenizer.encode(fillName(dialogue.answer, name));
  layout.answer.push_back(m_chatTemplate.turnEnd().front());
  return layout;
}

DialogueLoss PictureDialogue::loss(const at::Tensor& soft, const std::vector<std::string>& names,
                                   const std::vector<std::int64_t>& dialogues) const {
  const auto count = soft.size(0), queries = soft.size(1);
  std::vector<at::Tensor> rows;
  std::vector<std::int64_t> places, labels, owners;  // of the answers' tokens: position whose score predicts it
  std::int64_t longest = 0;
  std::vector<std::int64_t> lengths;
  for (std::int64_t b = 0; b < count; ++b) {
    const auto i = static_cast<std::size_t>(b);
    const Layout layout = layOut(m_config.dialogues[static_cast<std::size_t>(dialogues[i])], names[i]);
    std::vector<tokenizer::TokenId> tail = layout.after;
    tail.insert(tail.end(), layout.answer.begin(), layout.answer.end() - 1);
    const auto words = [&](const std::vector<tokenizer::TokenId>& ids) {
      return m_languageModel.embed(at::tensor(ids, at::kLong).unsqueeze(0))[0];
    };
    rows.push_back(torch::cat({words(layout.before), soft[b], words(tail)}));
    lengths.push_back(rows.back().size(0));
    longest = std::max(longest, lengths.back());
    const auto first = static_cast<std::int64_t>(layout.before.size() + layout.after.size()) + queries - 1;
    for (std::size_t t = 0; t < layout.answer.size(); ++t) {
      places.push_back(first + static_cast<std::int64_t>(t));
      labels.push_back(layout.answer[t]);
      owners.push_back(b);
    }
  }
  const at::Tensor valid = at::arange(longest).unsqueeze(0).lt(at::tensor(lengths, at::kLong).unsqueeze(1));
  for (auto& row : rows) row = torch::constant_pad_nd(row, {0, 0, 0, longest - row.size(0)});
  const at::Tensor hidden = m_languageModel.forward(torch::stack(rows), valid);
  const at::Tensor owner = at::tensor(owners, at::kLong), label = at::tensor(labels, at::kLong);
  const at::Tensor scores = m_languageModel.logits(hidden.index({owner, at::tensor(places, at::kLong)})).to(at::kFloat);
  const at::Tensor wrong = scores.detach().argmax(1).ne(label).to(at::kLong);
  return {at::cross_entropy_loss(scores, label), at::zeros({count}, at::kLong).scatter_add(0, owner, wrong).eq(0)};
}

}  // namespace xllm::training
