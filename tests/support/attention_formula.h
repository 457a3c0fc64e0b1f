// Attention as its formula has it, in float64: what kernels and encoders are held against.
#pragma once

#include <cmath>

#include <ATen/ATen.h>

namespace xllm::tests {

// softmax(q kᵀ / √dim) v of q [B, heads, T, dim], k and v [B, heads, S, dim] -> [B, heads, T, dim] float32.
inline at::Tensor attentionByFormula(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor scores =
      at::matmul(q.to(at::kDouble), k.to(at::kDouble).transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  return at::matmul(at::softmax(scores, 3), v.to(at::kDouble)).to(at::kFloat);
}

}  // namespace xllm::tests
