// A question about a picture and its right answer, as the frozen language model reads it; and the loss of the answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/llm/language_model.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"
#include "core/training/train_config.h"

namespace xllm::training {

// "{a name}" becomes "a goldfish" or "an otter", "{name}" the name alone.
std::string fillName(const std::string& text, const std::string& name);

struct DialogueLoss {
  at::Tensor total;         // mean over the answers' tokens, turn end included
  at::Tensor rightAnswers;  // [B] bool: every token of the answer has the best score, given those before it
};

// One thread. Nothing of the language model gets a gradient; the soft tokens do.
class PictureDialogue {
 public:
  PictureDialogue(const ImageTraining& config, const llm::LanguageModel& languageModel,
                  const tokenizer::Tokenizer& tokenizer, const tokenizer::ChatTemplate& chatTemplate);

  // soft [B, Q, width]; names and dialogue numbers, B of each.
  DialogueLoss loss(const at::Tensor& soft, const std::vector<std::string>& names,
                    const std::vector<std::int64_t>& dialogues) const;

 private:
  struct Layout {
    std::vector<tokenizer::TokenId> before, after, answer;  // around the soft tokens; the answer with its turn end
  };
  Layout layOut(const Dialogue& dialogue, const std::string& name) const;

  const ImageTraining& m_config;
  const llm::LanguageModel& m_languageModel;
  const tokenizer::Tokenizer& m_tokenizer;
  const tokenizer::ChatTemplate& m_chatTemplate;
};

}  // namespace xllm::training
