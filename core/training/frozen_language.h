// The frozen language model as training uses it: with its tokenizer and the template of its conversations.
#pragma once

#include <cstdint>
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

// config.languageModel: a GGUF file, or another with its config.json and tokenizer beside it. Conversations are written
// as config.chatTemplate says.
Result<FrozenLanguage> loadFrozenLanguage(const TrainConfig& config, LanguageUse use);
// BadInput unless an interface of this width leads into it.
Result<void> checkWidth(const FrozenLanguage& language, std::int64_t llmWidth);

}  // namespace xllm::training
