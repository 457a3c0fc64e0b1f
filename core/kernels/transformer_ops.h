// The small operations between the matrices of a Llama-like layer, each in one pass and without temporaries. All
// float32 and contiguous, no gradients. Their plain LibTorch twins stand in tests/core/kernels.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/kernels/thread_pool.h"

namespace xllm::kernels {

// x [.., width] -> x / sqrt(mean(x²) + epsilon) · weight, row by row. weight [width].
at::Tensor rmsNorm(ThreadPool& pool, const at::Tensor& x, const at::Tensor& weight, double epsilon);

// silu(gate) · up, any equal shapes.
at::Tensor swiGlu(ThreadPool& pool, const at::Tensor& gate, const at::Tensor& up);

enum class RotaryPairs {
  Halves = 1,   // (j, j + headDim/2): Hugging Face's weights
  Interleaved,  // (2j, 2j + 1): GGUF's architecture "llama", ChatGLM
};
// Turns x [rows, heads, headDim] in place; cos, sin [rows, headDim/2] belong to the rows' positions.
void rotate(ThreadPool& pool, at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, RotaryPairs pairs);

// Causal attention with grouped queries, scale 1/sqrt(headDim): q [T, heads, headDim] are the last T of `tokens`
// columns of keys, values [kvHeads, tokens, headDim] (strides free but for the last dimension) -> [T, heads, headDim].
at::Tensor attend(ThreadPool& pool, const at::Tensor& q, const at::Tensor& keys, const at::Tensor& values);

}  // namespace xllm::kernels
