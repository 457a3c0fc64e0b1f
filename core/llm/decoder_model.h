// A decoder (decoder_config.h) as a LanguageModel: what stands around the blocks (positions, masks, final norm, head).
#pragma once

#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/llm/decoder_block.h"
#include "core/llm/language_model.h"
#include "core/llm/rotary.h"
#include "core/llm/word_embedding.h"

namespace xllm::llm {

class DecoderModel final : public LanguageModel {
 public:
  struct Weights {
    WordEmbedding embed_tokens;
    std::vector<DecoderBlock> layers;
    at::Tensor norm;  // [hidden] float32
    Linear lm_head;
  };

  DecoderModel(const DecoderConfig& config, Weights weights, Precision precision);

  const DecoderConfig& config() const override { return m_config; }
  at::Tensor embed(const at::Tensor& ids) const override { return m_weights.embed_tokens.rows(ids); }
  const at::Tensor& embeddingTable() const override { return m_weights.embed_tokens.table(); }
  KvCache emptyCache(KeptAs as) const override { return KvCache(m_isFused ? as : KeptAs::Given); }
  at::Tensor forward(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache,
                     const PromptEnd& end) const override;
  at::Tensor lastRow(const at::Tensor& embeddings, KvCache& cache) const override;
  at::Tensor forwardBehind(const KvCache& prefix, const at::Tensor& embeddings, const at::Tensor& valid) const override;
  at::Tensor logits(const at::Tensor& hidden) const override;
  std::vector<at::Tensor> layerStates(const at::Tensor& embeddings, const at::Tensor& valid,
                                      const PromptEnd& end) const override;

 private:
  at::Tensor run(const at::Tensor& embeddings, at::Tensor valid, KvCache* cache, std::vector<at::Tensor>* states) const;
  at::Tensor runLayers(const at::Tensor& embeddings, const Step& step, std::vector<at::Tensor>* states) const;
  at::Tensor runFused(const at::Tensor& embeddings, const Step& step, std::vector<at::Tensor>* states) const;
  std::span<const std::byte> headWeights() const;  // packed ones, or none
  Step prepare(const at::Tensor& embeddings, const at::Tensor& valid, KvCache* cache) const;
  // `window` 0: no limit but the order of columns.
  View viewFor(Rotary& rotary, std::int64_t window, std::int64_t rows, const at::Tensor& valid, const KvCache* cache,
               bool needsMask) const;

  DecoderConfig m_config;
  Weights m_weights;
  Precision m_precision;
  at::ScalarType m_type;
  bool m_isFused;                          // DecoderBlock::packedStep() can do every layer
  mutable Rotary m_rotary, m_localRotary;  // tables that grow with use
};

}  // namespace xllm::llm
