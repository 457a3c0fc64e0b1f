#include "core/x2l/speech_start.h"

#include <string>

namespace xllm::x2l {
namespace {

constexpr const char* kWords = "embeddings.word_embeddings.weight";

}  // namespace

bool holdsBert(const weights::Checkpoint& file) {
  return file.find(std::string("bert.") + kWords) != nullptr || file.find(kWords) != nullptr;
}

LoadOptions publishedSpeechStart(const SpeechInterfaceConfig& config, const weights::Checkpoint& file) {
  if (!holdsBert(file)) return {.ignore = otherSpeechKeys(config)};
  const std::string bert = file.find(kWords) == nullptr ? "bert." : "";
  LoadOptions options{.rename = {{"speech_bert_adaptor.", bert}}};
  for (const char* unused : {"embeddings.word_embeddings.*", "embeddings.position_ids", "pooler.*"})
    options.ignore.push_back(bert + unused);
  options.ignore.emplace_back("cls.*");  // the heads that BERT was trained with
  options.optional = {"front*", "ctc_head.*", "cif.*", "pre_bert_proj.*", "post_bert_proj.*", "vocab_*"};
  return options;
}

}  // namespace xllm::x2l
