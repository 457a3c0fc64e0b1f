// Which tensors of a checkpoint hold a decoder's weights, under each of the names that they are published with.
#pragma once

#include <string_view>
#include <vector>

#include "core/llm/decoder_config.h"
#include "core/llm/weight_reader.h"
#include "core/weights/checkpoint.h"

namespace xllm::llm {

// The places of DecoderBlock::Weights; lists are empty, and names of single ones empty, where the config has no such
// part.
struct LayerTensors {
  WantedTensor input_layernorm, post_attention_layernorm;
  WantedTensor q_norm, k_norm, attention_output_norm, mlp_output_norm;
  std::vector<WantedTensor> qkv_proj, qkv_bias;  // q, k, v
  WantedTensor o_proj, down_proj;
  std::vector<WantedTensor> gate_up_proj;  // gate, up

  std::vector<WantedTensor> all() const;
};

struct DecoderTensors {
  WantedTensor embed_tokens, norm, lm_head;  // lm_head is absent where it is the embedding
  std::vector<LayerTensors> layers;

  // Each tensor once, however many places take rows of it.
  std::vector<WantedTensor> all() const;
};

// GGUF's names, Hugging Face's or THUDM's, as the checkpoint has them.
DecoderTensors decoderTensors(const DecoderConfig& config, const weights::Checkpoint& checkpoint);
// Rotary frequencies that old exports carry; they follow from the configuration.
bool isIgnorable(std::string_view name);

}  // namespace xllm::llm
