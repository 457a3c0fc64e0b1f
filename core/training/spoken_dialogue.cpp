#include "core/training/spoken_dialogue.h"

#include <torch/types.h>

#include "core/generation/prompt.h"

namespace xllm::training {

SpokenDialogue::SpokenDialogue(const SpeechPrompts& prompts, const FrozenLanguage& language)
    : m_prompts(prompts), m_language(language), m_answers(*language.model) {}

AnsweredPrompt SpokenDialogue::ask(const SoftTokens& soft, const std::string& answer) const {
  const generation::PromptFormat format{
      *m_language.chatTemplate, "", {}, {m_prompts.before, m_prompts.after, m_prompts.ask}};
  const std::vector<generation::Turn> turns{{Role::User, {generation::Sound()}}};
  return answeredPrompt(turns, format, *m_language.tokenizer, {soft}, answer);
}

AnswerScores SpokenDialogue::loss(const std::vector<SoftTokens>& soft, const std::vector<std::string>& answers) {
  TORCH_CHECK(soft.size() == answers.size(), soft.size(), " recordings have ", answers.size(), " answers");
  std::vector<AnsweredPrompt> examples;
  for (std::size_t i = 0; i < soft.size(); ++i) examples.push_back(ask(soft[i], answers[i]));
  return m_answers.score(examples);
}

std::string SpokenDialogue::answer(const SoftTokens& soft, std::int64_t mostTokens) const {
  return m_language.tokenizer->decode(
      m_answers.greedyAnswer(ask(soft, ""), mostTokens, m_language.chatTemplate->stopTokens()));
}

}  // namespace xllm::training
