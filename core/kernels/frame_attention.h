// softmax(q kᵀ / √dim) v of all frames or cells of an encoder, without a mask, in whole numbers of 16 bits: queries,
// keys and values are rounded to 11 bits or more, weights to 15; sums are exact. Only a few rows of scores are there at
// a time, and they never leave the cache (the idea of Dao et al. 2022, arXiv 2205.14135).
#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/isa.h"

namespace xllm::kernels {

// q [B, heads, T, dim], k and v [B, heads, S, dim] of any floating type, finite, strides free -> [B, heads, T, dim]
// float32, its frames side by side as [B, T, heads, dim]. On LibTorch's threads, as all that stands around it in an
// encoder. A frame's result does not depend on how many frames go through together, nor on the number of threads.
at::Tensor attendFrames(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, Isa isa = activeIsa());

}  // namespace xllm::kernels
