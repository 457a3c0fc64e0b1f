// softmax(q kᵀ / √dim) v of all frames or cells of an encoder, without a mask: bfloat16 in and out, sums in float32,
// and only a few rows of scores at a time, which never leave the cache (the idea of Dao et al. 2022, arXiv 2205.14135).
#pragma once

#include <ATen/core/Tensor.h>

namespace xllm::kernels {

bool canAttendFrames();  // the processor has AVX512-BF16

// q [B, heads, T, dim], k and v [B, heads, S, dim], bfloat16, dim even, strides free but for the last dimension ->
// [B, heads, T, dim], its frames side by side as [B, T, heads, dim]. Where canAttendFrames(); on LibTorch's threads, as
// all that stands around it in an encoder.
at::Tensor attendFrames(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace xllm::kernels
