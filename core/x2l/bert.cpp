#include "core/x2l/bert.h"

#include <cmath>
#include <string>

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace xllm::x2l {
namespace {

// Finite, as in BERT: a row whose keys are all masked then gives a mean, not NaN.
constexpr double kMasked = -10000.0;

torch::nn::LayerNorm makeNorm(const BertShape& shape) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({shape.hidden}).eps(shape.normEpsilon));
}

// [B, N, hidden] -> [B, heads, N, hidden / heads]
at::Tensor splitHeads(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

}  // namespace

BertAttention::BertAttention(const BertShape& shape, std::int64_t memoryWidth) : m_shape(shape) {
  TORCH_CHECK(shape.hidden % shape.heads == 0, "hidden ", shape.hidden, " is no multiple of heads ", shape.heads);
  const auto keyWidth = memoryWidth > 0 ? memoryWidth : shape.hidden;
  const auto self = register_module("self", std::make_shared<torch::nn::Module>("self"));
  m_query = self->register_module("query", torch::nn::Linear(shape.hidden, shape.hidden));
  m_key = self->register_module("key", torch::nn::Linear(keyWidth, shape.hidden));
  m_value = self->register_module("value", torch::nn::Linear(keyWidth, shape.hidden));
  const auto output = register_module("output", std::make_shared<torch::nn::Module>("output"));
  m_dense = output->register_module("dense", torch::nn::Linear(shape.hidden, shape.hidden));
  m_norm = output->register_module("LayerNorm", makeNorm(shape));
}

at::Tensor BertAttention::forward(const at::Tensor& x, const at::Tensor& memory, const at::Tensor& mask) {
  const bool before = m_shape.norm == NormPlace::Before;
  const auto input = before ? m_norm(x) : x;
  const auto& keys = memory.defined() ? memory : input;
  const std::optional<at::Tensor> additive =
      mask.defined() ? std::make_optional(mask.to(x.scalar_type())) : std::nullopt;
  const auto attended = at::scaled_dot_product_attention(
      splitHeads(m_query(input), m_shape.heads), splitHeads(m_key(keys), m_shape.heads),
      splitHeads(m_value(keys), m_shape.heads), additive);  // scale 1/√(hidden / heads)
  const auto merged = attended.transpose(1, 2).reshape({x.size(0), x.size(1), m_shape.hidden});
  const auto sum = x + torch::dropout(m_dense(merged), m_shape.dropout, is_training());
  return before ? sum : m_norm(sum);
}

BertLayer::BertLayer(const BertShape& shape, bool crossAttention) : m_shape(shape) {
  m_attention = register_module("attention", std::make_shared<BertAttention>(shape, 0));
  if (crossAttention) {
    m_crossAttention = register_module("crossattention", std::make_shared<BertAttention>(shape, shape.memoryWidth));
  }
  const std::string suffix = shape.queryBranch ? "_query" : "";
  const auto intermediate =
      register_module("intermediate" + suffix, std::make_shared<torch::nn::Module>("intermediate"));
  m_intermediate = intermediate->register_module("dense", torch::nn::Linear(shape.hidden, shape.intermediate));
  const auto output = register_module("output" + suffix, std::make_shared<torch::nn::Module>("output"));
  m_output = output->register_module("dense", torch::nn::Linear(shape.intermediate, shape.hidden));
  m_norm = output->register_module("LayerNorm", makeNorm(shape));
}

at::Tensor BertLayer::forward(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& memory) {
  return feedForward(attendTo(memory, attend(x, mask)));
}

at::Tensor BertLayer::attend(const at::Tensor& x, const at::Tensor& mask) { return m_attention->forward(x, {}, mask); }

at::Tensor BertLayer::attendTo(const at::Tensor& memory, const at::Tensor& x) {
  if (!m_crossAttention) return x;
  TORCH_CHECK(memory.defined(), "this layer attends to a memory, and there is none");
  return m_crossAttention->forward(x, memory, {});
}

at::Tensor BertLayer::feedForward(const at::Tensor& state) {
  const bool before = m_shape.norm == NormPlace::Before;
  const auto inner = torch::gelu(m_intermediate(before ? m_norm(state) : state));  // erf
  const auto sum = state + torch::dropout(m_output(inner), m_shape.dropout, is_training());
  return before ? sum : m_norm(sum);
}

BertEncoder::BertEncoder(const BertShape& shape) {
  const auto list = register_module("layer", std::make_shared<torch::nn::Module>("layer"));
  for (std::int64_t i = 0; i < shape.layers; ++i) {
    const bool cross = shape.memoryWidth > 0 && i % shape.crossAttentionEvery == 0;
    m_layers.push_back(list->register_module(std::to_string(i), std::make_shared<BertLayer>(shape, cross)));
  }
  if (shape.norm == NormPlace::Before) m_norm = register_module("LayerNorm", makeNorm(shape));
}

at::Tensor BertEncoder::forward(const at::Tensor& x, const at::Tensor& valid, const at::Tensor& memory) {
  at::Tensor mask;
  if (valid.defined()) {
    TORCH_CHECK(valid.dim() == 2 && valid.size(0) == x.size(0) && valid.size(1) == x.size(1),
                "valid [B, N] must fit x ", x.sizes(), ", not ", valid.sizes());
    mask = additiveMask(valid, x);
  }
  auto state = x;
  for (const auto& layer : m_layers) state = layer->forward(state, mask, memory);
  return m_norm.is_empty() ? state : m_norm(state);
}

at::Tensor additiveMask(const at::Tensor& valid, const at::Tensor& like) {
  return torch::zeros(valid.sizes(), like.options().requires_grad(false))
      .masked_fill(valid.logical_not(), kMasked)
      .view({valid.size(0), 1, 1, -1});
}

void initialiseLikeBert(torch::nn::Module& module) {
  const torch::NoGradGuard noGrad;
  for (const auto& child : module.modules()) {
    if (const auto linear = std::dynamic_pointer_cast<torch::nn::LinearImpl>(child)) {
      linear->weight.normal_(0.0, 0.02);
      if (linear->bias.defined()) linear->bias.zero_();
    }
  }
}

at::Tensor sinusoidPositions(std::int64_t positions, std::int64_t width, const at::TensorOptions& options) {
  TORCH_CHECK(width >= 4 && width % 2 == 0, "sinusoid positions need an even width of at least 4, not ", width);
  const auto doubles = options.dtype(at::kDouble);
  const auto half = width / 2;
  const auto rates = torch::exp(torch::arange(half, doubles) * (-std::log(10000.0) / static_cast<double>(half - 1)));
  const auto angles = torch::arange(positions, doubles).unsqueeze(1) * rates.unsqueeze(0);
  return torch::cat({angles.sin(), angles.cos()}, 1).unsqueeze(0).to(options);
}

}  // namespace xllm::x2l
