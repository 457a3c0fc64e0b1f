// The small operations between the matrices of a Llama-like layer, without temporaries. All float32 and contiguous
// unless said, no gradients. Their plain LibTorch twins stand in tests/core/kernels.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/kernels/kept_columns.h"
#include "core/kernels/thread_pool.h"

namespace xllm::kernels {

// x [.., width] -> x / sqrt(mean(x²) + epsilon) · weight, row by row. weight [width].
at::Tensor rmsNorm(ThreadPool& pool, const at::Tensor& x, const at::Tensor& weight, double epsilon);

// silu(gate) · up, any equal shapes.
at::Tensor swiGlu(ThreadPool& pool, const at::Tensor& gate, const at::Tensor& up);

// What a layer does before it attends: turns q [rows, heads, headDim] and k [rows, kvHeads, headDim] in place, in pairs
// (j, j + headDim/2) by cos, sin [rows, headDim/2]; and copies k and v to the columns `first` … of `kept`, which must
// have room for them.
void rotateAndKeep(ThreadPool& pool, at::Tensor& q, at::Tensor& k, const at::Tensor& v, const at::Tensor& cos,
                   const at::Tensor& sin, const KeptColumns& kept, std::int64_t first);

// The latter alone, of rows that need no turning, on the calling thread.
void keep(const at::Tensor& k, const at::Tensor& v, const KeptColumns& kept, std::int64_t first);

// Causal attention with grouped queries, scale 1/sqrt(headDim): q [T, heads, headDim] are the last T of the `columns`
// first of `kept` -> [T, heads, headDim]. What lies behind these does not count, whatever it is.
at::Tensor attend(ThreadPool& pool, const at::Tensor& q, const KeptColumns& kept, std::int64_t columns);

}  // namespace xllm::kernels
