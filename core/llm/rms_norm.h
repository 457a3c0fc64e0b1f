// Root-mean-square normalisation (Zhang and Sennrich 2019, arXiv 1910.07467), with statistics in float32.
#pragma once

#include <ATen/core/Tensor.h>

namespace xllm::llm {

// x / sqrt(mean(x²) + epsilon) · weight over the last dimension, returned as `type`. x, weight [hidden] float32. The
// gradient goes to x alone and is computed in one step: spelled out in tensor operations it would cost as much as the
// matrix products of a small model.
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::ScalarType type);

}  // namespace xllm::llm
