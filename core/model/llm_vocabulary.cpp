#include "core/model/llm_vocabulary.h"

#include "core/x2l/spelling.h"

namespace xllm::model {

x2l::LlmVocabulary llmVocabulary(const x2l::SpeechInterfaceConfig& config, const tokenizer::Tokenizer& tokenizer,
                                 const at::Tensor& embeddingTable) {
  if (config.adapter != x2l::SpeechAdapter::Vocabulary) return {};
  if (config.spellingPlaces == 0) return embeddingTable;
  std::vector<std::string> texts;
  for (std::int64_t id = 0; id < embeddingTable.size(0); ++id) texts.push_back(tokenizer.bytesOf(id));
  const auto letterCase = config.spellingFoldsCase ? x2l::LetterCase::Folded : x2l::LetterCase::AsWritten;
  return {embeddingTable, x2l::spelledTable(texts, config.ctcAlphabet, config.spellingPlaces, letterCase)};
}

}  // namespace xllm::model
