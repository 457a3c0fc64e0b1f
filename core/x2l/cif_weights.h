// The CIF weight generator that S2L trains (CIF-PyTorch's "conv" type): Conv1d → dropout → Linear(1) → sigmoid in
// float32. Published models' other generators are in cif_dialects.h.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

namespace xllm::x2l {

class CifWeights : public torch::nn::Module {
 public:
  CifWeights(std::int64_t width, std::int64_t kernel, double dropout);
  // frames [B, T, width]; valid [B, T] bool or undefined -> alphas [B, T] float32, 0 where not valid. Padded frames
  // enter the convolution as they are: zero them first where they should not.
  at::Tensor forward(const at::Tensor& frames, const at::Tensor& valid);

 private:
  double m_dropout;
  torch::nn::Conv1d m_convolution{nullptr};
  torch::nn::Linear m_weight{nullptr};
};

}  // namespace xllm::x2l
