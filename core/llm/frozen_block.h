// One layer of the Llama family as a single step of automatic differentiation, for training what stands before a frozen
// model. Only the gradient with respect to the layer's input exists, so only what that needs is kept: the two normed
// inputs, rotated queries, keys and values, gate and up. Attention weights are computed again on the way back. The
// arithmetic is that of decoder_block.h; no cache, no packed matrices, no gradients of weights.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/llm/language_model.h"
#include "core/llm/rotary.h"

namespace xllm::llm {

// Matrices of one type (float32 or bfloat16) as [out, in]; norms float32.
struct FrozenWeights {
  at::Tensor input_layernorm, post_attention_layernorm;  // [hidden]
  at::Tensor qkv_proj, o_proj, gate_up_proj, down_proj;  // q, k, v stacked; gate, up stacked
};

// What the rows meet on their way: their positions, what they may see, and P columns before them that never change.
struct FrozenSurroundings {
  Rotation rotation;
  at::Tensor mask;                      // float32 [1 or B, 1, T, P + T], 0 or -inf: added to the scores
  at::Tensor prefixKeys, prefixValues;  // [1, kvHeads, P, headDim], or undefined for P = 0
};

// x [B, T, hidden] float32 -> the same shape, with gradients to x. The scores of all heads are held at once:
// [B, heads, T, P + T] float32.
at::Tensor frozenBlock(const at::Tensor& x, const DecoderConfig& config, const FrozenWeights& weights,
                       const FrozenSurroundings& around);

}  // namespace xllm::llm
