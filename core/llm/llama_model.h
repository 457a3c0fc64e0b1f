// The Llama family as a LanguageModel: what stands around the blocks (positions, masks, final norm, head).
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "core/llm/language_model.h"
#include "core/llm/llama_block.h"
#include "core/llm/rotary.h"
#include "core/llm/word_embedding.h"

namespace xllm::llm {

class LlamaModel final : public LanguageModel {
 public:
  struct Weights {
    WordEmbedding embed_tokens;
    std::vector<LlamaBlock> layers;
    at::Tensor norm;  // [hidden] float32
    Linear lm_head;
  };

  LlamaModel(const LlamaConfig& config, Weights weights, Precision precision);

  const LlamaConfig& config() const override { return m_config; }
  at::Tensor embed(const at::Tensor& ids) const override { return m_weights.embed_tokens.rows(ids); }
  const at::Tensor& embeddingTable() const override { return m_weights.embed_tokens.table(); }
  at::Tensor forward(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache) const override;
  at::Tensor forwardBehind(const KvCache& prefix, const at::Tensor& embeddings, const at::Tensor& valid) const override;
  at::Tensor logits(const at::Tensor& hidden) const override;
  std::vector<at::Tensor> layerStates(const at::Tensor& embeddings, const at::Tensor& valid) const override;

 private:
  at::Tensor run(const at::Tensor& embeddings, at::Tensor valid, KvCache* cache, std::vector<at::Tensor>* states) const;
  at::Tensor runLayers(const at::Tensor& embeddings, const Step& step, std::vector<at::Tensor>* states) const;
  Step prepare(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache) const;
  Rotation rotation(std::int64_t rows, const at::Tensor& valid, const KvCache* cache) const;

  LlamaConfig m_config;
  Weights m_weights;
  Precision m_precision;
  at::ScalarType m_type;
  mutable Rotary m_rotary;  // a table that grows with use
};

}  // namespace xllm::llm
