// One layer of a decoder (Touvron et al. 2023, arXiv 2302.13971; grouped queries: Ainslie et al. 2023, arXiv
// 2305.13245): x += attention(norm(x)); x += down(silu(gate) · up) of norm(x), with the departures that DecoderConfig
// declares. The residual stream and every statistic
// are float32 whatever the weights are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ATen/core/Tensor.h>

#include "core/kernels/thread_pool.h"
#include "core/llm/kv_cache.h"
#include "core/llm/language_model.h"
#include "core/llm/linear.h"
#include "core/llm/rotary.h"

namespace xllm::llm {

// Where the rows of a forward pass stand, and what they see.
struct View {
  Rotation rotation;
  at::Tensor mask;      // undefined, or added to the scores: 0 or -inf, [1 or B, 1, T, columns]
  bool causal = false;  // without a mask: row t sees columns 0 … t (else all)
};

// What all layers of one forward pass share.
struct Step {
  View view;
  View local;                       // of local layers, where there are any
  bool fused = false;               // nothing padded, packed layers, kept for kernels: DecoderBlock::packedStep()
  bool lastRowOnly = false;         // fused: nobody wants the other rows of the last layer
  KvCache* cache = nullptr;         // rows are appended to it, and see what it holds
  const KvCache* prefix = nullptr;  // instead: one sequence that all rows of the batch see, and that stays as it is
};

class DecoderBlock {
 public:
  // Named as Hugging Face's checkpoints name them; norms float32, matrices in the type of the activations.
  struct Weights {
    at::Tensor input_layernorm, post_attention_layernorm;  // [hidden], in front of attention and of the MLP
    at::Tensor q_norm, k_norm;                             // [headDim], with queryKeyNorm
    at::Tensor attention_output_norm, mlp_output_norm;     // [hidden], with outputNorms
    Linear qkv_proj;                                       // q_proj, k_proj, v_proj
    Linear o_proj;
    Linear gate_up_proj;  // gate_proj, up_proj
    Linear down_proj;
  };

  DecoderBlock(const DecoderConfig& config, Weights weights, bool local, at::ScalarType computeType);

  // x [B, T, hidden] float32 -> the same shape. `layer` is this block's place in step.cache.
  at::Tensor step(const at::Tensor& x, const Step& step, std::size_t layer) const;
  // With packed matrices and plain layers: the same for sequences without padding, in place and without a mask.
  // `sum` [B, T, hidden] is contiguous -> its last `wanted` rows behind this layer (all, where B > 1); all rows get
  // their keys and values. `next` is what reads weights behind this layer.
  bool isFused() const;
  at::Tensor packedStep(at::Tensor sum, const Step& step, std::size_t layer, std::int64_t wanted,
                        std::span<const std::byte> next) const;
  kernels::ThreadPool& pool() const;                      // of a fused layer
  std::span<const std::byte> firstPackedWeights() const;  // that a fused layer reads
  // Whether every matrix is dense and frozen and the layer Llama's own, so that stepWithGradients() may stand for
  // step().
  bool isFrozenDense() const;
  // The same layer without a cache, built for gradients to `x` (frozen_block.h); `mask` stands for what step says.
  at::Tensor stepWithGradients(const at::Tensor& x, const Step& step, const at::Tensor& mask, std::size_t layer) const;

 private:
  at::Tensor attendPacked(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Step& step,
                          std::size_t layer, std::int64_t wanted) const;
  at::Tensor attention(const at::Tensor& normed, const Step& step, std::size_t layer) const;
  at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const View& view) const;
  const View& viewOf(const Step& step) const { return m_local ? step.local : step.view; }
  at::Tensor mlp(const at::Tensor& normed) const;

  DecoderConfig m_config;
  Weights m_weights;
  bool m_local;
  at::ScalarType m_type;
};

}  // namespace xllm::llm
