// softmax(q kᵀ / √dim) v of all frames or cells of an encoder: no mask, no gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/encoders/precision.h"

namespace xllm::encoders {

// q [B, heads, T, dim], k and v [B, heads, S, dim], one type -> [B, heads, T, dim] of that type: LibTorch's fused
// attention, or kernels::attendFrames() where `precision` allows it and it is faster on this processor.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, Precision precision);

}  // namespace xllm::encoders
