// From a checkpoint to a PrefixDecoder. Internal to core/llm: callers use loadLanguageModel().
#pragma once

#include <memory>
#include <vector>

#include "core/llm/language_model.h"
#include "core/llm/weight_reader.h"

namespace xllm::llm {

// THUDM's names of ChatGLM-6B, in floating point or whole numbers, with P-tuning's `transformer.prefix_encoder` where
// the configuration says so.
// `checkpoint` has prefixDecoderTensors(config); `packed` may be null.
Result<std::unique_ptr<LanguageModel>> loadPrefixDecoder(const std::shared_ptr<const weights::Checkpoint>& checkpoint,
                                                         const DecoderConfig& config, Precision precision,
                                                         PackedWeights* packed);

std::vector<WantedTensor> prefixDecoderTensors(const DecoderConfig& config);

}  // namespace xllm::llm
