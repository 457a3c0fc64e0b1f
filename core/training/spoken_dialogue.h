// What is said in a recording and the right answer to it, put to the frozen language model (answer_loss.h) as the
// program puts a turn that consists of a recording alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/training/answer_loss.h"
#include "core/training/frozen_language.h"
#include "core/training/train_config.h"

namespace xllm::training {

// One thread. Both references outlive this; `language` is loaded for Speaking. Nothing of the language model gets a
// gradient; the soft tokens do.
class SpokenDialogue {
 public:
  SpokenDialogue(const SpeechPrompts& prompts, const FrozenLanguage& language);

  // answers[i] is what is to be said to soft[i]; at least one.
  AnswerScores loss(const std::vector<SoftTokens>& soft, const std::vector<std::string>& answers);
  // What the language model says, greedily.
  std::string answer(const SoftTokens& soft, std::int64_t mostTokens) const;

 private:
  AnsweredPrompt ask(const SoftTokens& soft, const std::string& answer) const;

  const SpeechPrompts& m_prompts;
  const FrozenLanguage& m_language;
  AnswerLoss m_answers;
};

}  // namespace xllm::training
