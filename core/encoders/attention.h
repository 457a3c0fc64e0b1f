// softmax(q kᵀ / √dim) v of all frames or cells of an encoder: no mask, no gradients.
#pragma once

#include <ATen/core/Tensor.h>

namespace xllm::encoders {

// q [B, heads, T, dim], k and v [B, heads, S, dim], one type -> [B, heads, T, dim], in whichever of two ways is faster
// on this processor: LibTorch's fused attention or kernels::attendFrames().
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace xllm::encoders
