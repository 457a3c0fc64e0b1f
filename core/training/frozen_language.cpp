#include "core/training/frozen_language.h"

#include <utility>

namespace xllm::training {

Result<FrozenLanguage> loadFrozenLanguage(const TrainConfig& config, LanguageUse use) {
  const auto file = weights::Checkpoint::open(config.languageModel);
  if (!file) return tl::unexpected(file.error());
  auto tokenizer = tokenizer::tokenizerFromGguf(**file);
  if (!tokenizer) return tl::unexpected(tokenizer.error());
  const auto precision = use == LanguageUse::Words                        ? llm::Precision::AsStored
                         : config.precision == ComputePrecision::BFloat16 ? llm::Precision::BFloat16
                                                                          : llm::Precision::Float32;
  auto model = llm::loadLanguageModel(*file, precision);
  if (!model) return tl::unexpected(model.error());
  FrozenLanguage language{std::move(*model), std::move(*tokenizer), {}};
  if (use == LanguageUse::Words) return language;
  auto chatTemplate = tokenizer::ChatTemplate::create("chatml", *language.tokenizer);
  if (!chatTemplate) return tl::unexpected(chatTemplate.error());
  language.chatTemplate = std::move(*chatTemplate);
  return language;
}

}  // namespace xllm::training
