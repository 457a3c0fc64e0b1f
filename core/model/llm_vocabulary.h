// What the speech interface's Vocabulary adapter needs to know of a language model: word embeddings and spellings.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/tokenizer/tokenizer.h"
#include "core/x2l/speech_interface.h"

namespace xllm::model {

// `embeddingTable` [vocabulary, width] is shared, not copied. A Linear adapter needs nothing: an empty vocabulary.
x2l::LlmVocabulary llmVocabulary(const x2l::SpeechInterfaceConfig& config, const tokenizer::Tokenizer& tokenizer,
                                 const at::Tensor& embeddingTable);

}  // namespace xllm::model
