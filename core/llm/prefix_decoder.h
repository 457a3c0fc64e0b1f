// ChatGLM-6B of the first generation (Du et al. 2022, arXiv 2103.10360; Zeng et al. 2023, arXiv 2210.02414; numerics:
// modeling_chatglm.py of THUDM/chatglm-6b) as a LanguageModel. What sets it apart: the prompt is read both ways and
// only the answer in order; a column has two positions, its place in the prompt and its place in the answer, and each
// turns half of a head; what a layer adds to is its own normalised input, times √56.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "core/llm/kv_cache.h"
#include "core/llm/language_model.h"
#include "core/llm/linear.h"
#include "core/llm/rotary.h"
#include "core/llm/word_embedding.h"

namespace xllm::llm {

class PrefixDecoder final : public LanguageModel {
 public:
  struct LayerNorm {
    at::Tensor weight, bias;  // [hidden] float32
  };
  // Named as the published checkpoints name them; matrices and biases in the type of the activations.
  struct Layer {
    LayerNorm input_layernorm, post_attention_layernorm;
    Linear query_key_value;  // [3 · hidden, hidden]: of each head its q, its k, its v
    Linear dense, dense_h_to_4h, dense_4h_to_h;
  };
  struct Weights {
    WordEmbedding word_embeddings;
    std::vector<Layer> layers;
    LayerNorm final_layernorm;
    Linear lm_head;
    // P-tuning v2: keys and values in front of every prompt, one [2, heads, tunedColumns, headDim] a layer, or empty.
    std::vector<at::Tensor> tuned;
  };

  PrefixDecoder(const DecoderConfig& config, Weights weights, Precision precision);

  const DecoderConfig& config() const override { return m_config; }
  at::Tensor embed(const at::Tensor& ids) const override { return m_weights.word_embeddings.rows(ids); }
  const at::Tensor& embeddingTable() const override { return m_weights.word_embeddings.table(); }
  at::Tensor forward(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache,
                     const PromptEnd& end) const override;
  // Throws: its prompts share nothing.
  at::Tensor forwardBehind(const KvCache& prefix, const at::Tensor& embeddings, const at::Tensor& valid) const override;
  at::Tensor logits(const at::Tensor& hidden) const override;
  std::vector<at::Tensor> layerStates(const at::Tensor& embeddings, const at::Tensor& valid,
                                      const PromptEnd& end) const override;

 private:
  // What all layers of one pass share.
  struct Pass {
    Rotation place, answerPlace;
    at::Tensor mask;  // undefined: every column is seen; else 0 or -inf, [B, 1, T, columns]
    KvCache* cache = nullptr;
  };

  at::Tensor run(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache, const PromptEnd& end,
                 std::vector<at::Tensor>* states) const;
  Pass prepare(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache, const PromptEnd& end) const;
  at::Tensor step(const Layer& layer, const at::Tensor& x, const Pass& pass, std::size_t number) const;
  at::Tensor attention(const Layer& layer, const at::Tensor& normed, const Pass& pass, std::size_t number) const;
  at::Tensor normed(const at::Tensor& x, const LayerNorm& norm) const;

  DecoderConfig m_config;
  Weights m_weights;
  Precision m_precision;
  at::ScalarType m_type;
  mutable Rotary m_rotary;  // a table that grows with use; of half a head
};

}  // namespace xllm::llm
