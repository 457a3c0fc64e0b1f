// One layer of the Llama family (Touvron et al. 2023, arXiv 2302.13971; grouped queries: Ainslie et al. 2023, arXiv
// 2305.13245): x += attention(norm(x)); x += down(silu(gate) · up) of norm(x). The residual stream and every statistic
// are float32 whatever the weights are.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/llm/kv_cache.h"
#include "core/llm/language_model.h"
#include "core/llm/linear.h"
#include "core/llm/rotary.h"

namespace xllm::llm {

// What all layers of one forward pass share.
struct Step {
  Rotation rotation;                // of the rows that go through
  at::Tensor mask;                  // undefined, or added to the scores: 0 or -inf, [1 or B, 1, T, columns]
  bool padded = false;              // some columns do not count; the mask says which
  bool causal = false;              // without a mask: row t sees columns 0 … t (else all)
  KvCache* cache = nullptr;         // rows are appended to it, and see what it holds
  const KvCache* prefix = nullptr;  // instead: one sequence that all rows of the batch see, and that stays as it is
};

class LlamaBlock {
 public:
  // Named as Hugging Face's checkpoints name them; norms float32, matrices in the type of the activations.
  struct Weights {
    at::Tensor input_layernorm, post_attention_layernorm;  // [hidden]
    Linear qkv_proj;                                       // q_proj, k_proj, v_proj
    Linear o_proj;
    Linear gate_up_proj;  // gate_proj, up_proj
    Linear down_proj;
  };

  LlamaBlock(const LlamaConfig& config, Weights weights, at::ScalarType computeType);

  // x [B, T, hidden] float32 -> the same shape. `layer` is this block's place in step.cache.
  // It does not change `x`. Packed matrices and one sequence without padding take a fused path, which needs no mask.
  at::Tensor step(const at::Tensor& x, const Step& step, std::size_t layer) const;
  bool isPacked() const;
  // Whether every matrix is dense and frozen, so that stepWithGradients() may stand for step().
  bool isFrozenDense() const;
  // The same layer without a cache, built for gradients to `x` (frozen_block.h); `mask` stands for what step says.
  at::Tensor stepWithGradients(const at::Tensor& x, const Step& step, const at::Tensor& mask, std::size_t layer) const;

 private:
  at::Tensor packedStep(const at::Tensor& x, const Step& step, std::size_t layer) const;
  at::Tensor attention(const at::Tensor& normed, const Step& step, std::size_t layer) const;
  at::Tensor mlp(const at::Tensor& normed) const;

  LlamaConfig m_config;
  Weights m_weights;
  at::ScalarType m_type;
};

}  // namespace xllm::llm
