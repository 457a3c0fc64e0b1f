#include "core/x2l/cif_weights.h"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

namespace xllm::x2l {

CifWeights::CifWeights(std::int64_t width, std::int64_t kernel, double dropout) : m_dropout(dropout) {
  TORCH_CHECK(kernel % 2 == 1, "the CIF kernel must be odd, not ", kernel);
  m_convolution =
      register_module("conv", torch::nn::Conv1d(torch::nn::Conv1dOptions(width, width, kernel).padding(kernel / 2)));
  m_weight = register_module("weight_proj", torch::nn::Linear(width, 1));
}

at::Tensor CifWeights::forward(const at::Tensor& frames, const at::Tensor& valid) {
  const c10::impl::ExcludeDispatchKeyGuard noAutocast(c10::autocast_dispatch_keyset);
  const auto type = m_convolution->weight.scalar_type();
  const auto local = m_convolution(frames.to(type).transpose(1, 2)).transpose(1, 2);
  const auto logits = m_weight(torch::dropout(local, m_dropout, is_training())).squeeze(2);
  const auto alphas = torch::sigmoid(logits.to(at::kFloat));
  return valid.defined() ? alphas.masked_fill(valid.logical_not(), 0.0) : alphas;
}

}  // namespace xllm::x2l
