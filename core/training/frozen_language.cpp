#include "core/training/frozen_language.h"

#include <utility>

#include "core/data/format_text.h"

namespace xllm::training {

Result<FrozenLanguage> loadFrozenLanguage(const TrainConfig& config, LanguageUse use) {
  const auto file = weights::Checkpoint::open(config.languageModel);
  if (!file) return tl::unexpected(file.error());
  auto tokenizer = tokenizer::tokenizerOf(**file, config.chatTemplate);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  const auto precision = use == LanguageUse::Words                        ? llm::Precision::AsStored
                         : config.precision == ComputePrecision::BFloat16 ? llm::Precision::BFloat16
                                                                          : llm::Precision::Float32;
  auto model = llm::loadLanguageModel(*file, precision);
  if (!model) return tl::unexpected(model.error());
  FrozenLanguage language{std::move(*model), std::move(*tokenizer), {}};
  if (use == LanguageUse::Words) return language;
  auto chatTemplate = tokenizer::ChatTemplate::create(config.chatTemplate, *language.tokenizer);
  if (!chatTemplate) return tl::unexpected(chatTemplate.error());
  language.chatTemplate = std::move(*chatTemplate);
  return language;
}

Result<void> checkWidth(const FrozenLanguage& language, std::int64_t llmWidth) {
  const std::int64_t width = language.model->config().hidden;
  if (llmWidth == width) return {};
  return fail(
      ErrorCode::BadInput,
      data::formatText("The interface's llmWidth is {}, but the language model's width is {}.", llmWidth, width));
}

}  // namespace xllm::training
