// The frozen language model as training uses it: with its tokenizer and the template of its conversations.
#pragma once

#include <memory>
#include <optional>

#include "core/base/result.h"
#include "core/llm/language_model.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"
#include "core/training/train_config.h"

namespace xllm::training {

struct FrozenLanguage {
  std::unique_ptr<llm::LanguageModel> model;
  std::unique_ptr<tokenizer::Tokenizer> tokenizer;
  std::optional<tokenizer::ChatTemplate> chatTemplate;  // for Speaking alone
};

enum class LanguageUse {
  Words = 1,  // its tokens and word embeddings: weights stay packed as they are stored
  Speaking,   // gradients go through it to what it is given, in the config's precision
};

// The GGUF file config.languageModel.
Result<FrozenLanguage> loadFrozenLanguage(const TrainConfig& config, LanguageUse use);

}  // namespace xllm::training
