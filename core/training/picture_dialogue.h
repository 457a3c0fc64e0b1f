// A question about a picture and its right answer, put to the frozen language model (answer_loss.h); the answer is a
// text with a place for what is in the picture: a class's name or a caption.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"
#include "core/training/answer_loss.h"
#include "core/training/train_config.h"

namespace xllm::training {

// `text` in the places {name} and {caption} of the pattern (answer_pattern.h).
std::string fillAnswer(const std::string& pattern, const std::string& text);

// One thread. All references outlive this. Nothing of the language model gets a gradient; the soft tokens do.
class PictureDialogue {
 public:
  PictureDialogue(const PicturePrompts& prompts, const llm::LanguageModel& languageModel,
                  const tokenizer::Tokenizer& tokenizer, const tokenizer::ChatTemplate& chatTemplate);

  // One of the prompts' dialogues, its answer filled in.
  Dialogue fill(std::int64_t dialogue, const std::string& text) const;
  // soft [B, Q, width]; B dialogues whose answers are what is to be said.
  AnswerScores loss(const at::Tensor& soft, const std::vector<Dialogue>& dialogues);
  // What the language model says, greedily, to one picture's soft tokens [Q, width].
  std::string answer(const at::Tensor& soft, std::int64_t dialogue, std::int64_t mostTokens) const;

 private:
  AnsweredPrompt ask(const at::Tensor& soft, const Dialogue& dialogue) const;

  const PicturePrompts& m_prompts;
  const tokenizer::Tokenizer& m_tokenizer;
  const tokenizer::ChatTemplate& m_chatTemplate;
  AnswerLoss m_answers;
};

}  // namespace xllm::training
