#include "core/llm/rms_norm.h"

#include <torch/autograd.h>
#include <torch/types.h>

namespace xllm::llm {
namespace {

// 1 / sqrt(mean(x²) + epsilon), [.., 1]
at::Tensor inverseRms(const at::Tensor& x, double epsilon) {
  const at::Tensor norm = at::linalg_vector_norm(x, 2, c10::IntArrayRef{-1}, true);
  return norm.square_().div_(static_cast<double>(x.size(-1))).add_(epsilon).rsqrt_();
}

class RmsNorm : public torch::autograd::Function<RmsNorm> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            double epsilon, at::ScalarType type) {
    const at::Tensor scale = inverseRms(x, epsilon);
    context->save_for_backward({x, weight, scale});
    return (x * scale).mul_(weight).to(type);
  }

  // With s = scale, n = width, g = gradient · weight: dx = s·g − x · s³ · Σ(g·x) / n.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &scale = saved[2];
    at::Tensor g = gradients[0].to(at::kFloat) * weight;
    const at::Tensor along = (g * x).sum(-1, true).mul_(scale.pow(3)).div_(static_cast<double>(x.size(-1)));
    g.mul_(scale).addcmul_(x, along, -1);
    return {g, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::ScalarType type) {
  if (at::GradMode::is_enabled() && x.requires_grad()) return RmsNorm::apply(x, weight, epsilon, type);
  return (x * inverseRms(x, epsilon)).mul_(weight).to(type);
}

}  // namespace xllm::llm
