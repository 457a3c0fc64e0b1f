#include "core/training/picture_dialogue.h"

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

std::string fillAnswer(const std::string& pattern, const std::string& text) {
  const bool vowel = !text.empty() && std::string("aeiouAEIOU").find(text.front()) != std::string::npos;
  std::string filled = pattern;
  replaceAll(filled, "{a name}", (vowel ? "an " : "a ") + text);
  replaceAll(filled, "{name}", text);
  replaceAll(filled, "{caption}", text);
  return filled;
}

PictureDialogue::PictureDialogue(const PicturePrompts& prompts, const llm::LanguageModel& languageModel,
                                 const tokenizer::Tokenizer& tokenizer, const tokenizer::ChatTemplate& chatTemplate)
    : m_prompts(prompts), m_tokenizer(tokenizer), m_chatTemplate(chatTemplate), m_answers(languageModel) {}

Dialogue PictureDialogue::fill(std::int64_t dialogue, const std::string& text) const {
  const Dialogue& pattern = m_prompts.dialogues[static_cast<std::size_t>(dialogue)];
  return {pattern.ask, fillAnswer(pattern.answer, text)};
}

AnsweredPrompt PictureDialogue::ask(const at::Tensor& soft, const Dialogue& dialogue) const {
  const generation::PromptFormat format{m_chatTemplate, "", {m_prompts.before, m_prompts.after, ""}, {}};
  const std::vector<generation::Turn> turns{{Role::User, {generation::Picture(), dialogue.ask}}};
  return answeredPrompt(turns, format, m_tokenizer, {{soft}}, dialogue.answer);
}

AnswerScores PictureDialogue::loss(const at::Tensor& soft, const std::vector<Dialogue>& dialogues) {
  std::vector<AnsweredPrompt> examples;
  for (std::size_t b = 0; b < dialogues.size(); ++b) {
    examples.push_back(ask(soft[static_cast<std::int64_t>(b)], dialogues[b]));
  }
  return m_answers.score(examples);
}

std::string PictureDialogue::answer(const at::Tensor& soft, std::int64_t dialogue, std::int64_t mostTokens) const {
  return m_tokenizer.decode(
      m_answers.greedyAnswer(ask(soft, fill(dialogue, "")), mostTokens, m_chatTemplate.stopTokens()));
}

}  // namespace xllm::training
