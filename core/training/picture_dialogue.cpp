#include "core/training/picture_dialogue.h"

#include <torch/types.h>

#include "core/generation/prompt.h"
#include "core/training/answer_pattern.h"

namespace xllm::training {

std::string fillAnswer(const std::string& pattern, const std::string& text) {
  return fillPattern(fillPattern(pattern, "name", text), "caption", text);
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
