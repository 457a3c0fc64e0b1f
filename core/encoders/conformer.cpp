#include "core/encoders/conformer.h"

#include <cmath>
#include <limits>
#include <utility>

#include <ATen/ATen.h>

namespace xllm::encoders {
namespace {

constexpr double kBatchNormEpsilon = 1e-5;  // of all three toolkits

at::Tensor feedForward(const at::Tensor& x, const ConformerWeights::FeedForward& weights) {
  return product(at::silu(product(x, weights.w_1)), weights.w_2);
}

void convert(ConformerWeights& weights, Precision precision) {
  for (Affine* layer : {&weights.conv0, &weights.conv2, &weights.out}) convert(*layer, precision);
  for (ConformerWeights::Block& block : weights.encoders) {
    for (ConformerWeights::FeedForward* part : {&block.feed_forward_macaron, &block.feed_forward}) {
      for (Affine* layer : {&part->w_1, &part->w_2}) convert(*layer, precision);
    }
    RelativeAttentionWeights& attention = block.self_attn;
    for (Affine* layer :
         {&attention.linear_q, &attention.linear_k, &attention.linear_v, &attention.linear_out, &attention.linear_pos})
      convert(*layer, precision);
    ConformerWeights::Convolution& convolution = block.conv_module;
    for (Affine* layer : {&convolution.pointwise_conv1, &convolution.depthwise_conv, &convolution.pointwise_conv2})
      convert(*layer, precision);
  }
}

at::Tensor silenced(const at::Tensor& x, const at::Tensor& padding) {
  return padding.defined() ? x.masked_fill(padding.unsqueeze(2), 0.0) : x;
}

}  // namespace

Conformer::Conformer(ConformerWeights weights, const ConformerOptions& options)
    : m_weights(std::move(weights)), m_options(options) {
  TORCH_CHECK(!m_weights.encoders.empty() && m_weights.after_norm.weight.dim() == 1, "a Conformer without blocks");
  for (const ConformerWeights::Block& block : m_weights.encoders) {
    const at::Tensor& bias = block.self_attn.pos_bias_u;
    TORCH_CHECK(bias.dim() == 2 && bias.numel() == width(), "Conformer heads ", bias.sizes(), ", width ", width());
    const std::int64_t kernel = block.conv_module.depthwise_conv.weight.size(-1);
    TORCH_CHECK(options.causal || kernel % 2 == 1, "a symmetric convolution over ", kernel, " frames");
  }
  const at::NoGradGuard noGradients;
  convert(m_weights, options.precision);
}

at::Tensor Conformer::outputLengths(const at::Tensor& frames) {
  const auto halved = [](const at::Tensor& x) { return at::floor_divide(x - 1, 2); };
  return halved(halved(frames)).clamp_min(0);
}

at::Tensor Conformer::norm(const at::Tensor& x, const ConformerWeights::Norm& weights) const {
  return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, weights.weight, weights.bias, m_options.normEpsilon);
}

at::Tensor Conformer::subsample(const at::Tensor& features) const {
  const auto convolution = [](const at::Tensor& x, const Affine& weights) {
    return at::relu(at::conv2d(x, weights.weight, weights.bias, /*stride=*/2));
  };
  const at::Tensor picture = features.unsqueeze(1).to(scalarType(m_options.precision));
  const at::Tensor maps = convolution(convolution(picture, m_weights.conv0), m_weights.conv2);
  const at::Tensor flat = maps.transpose(1, 2).flatten(2);  // [B, T', channels · frequencies]
  return product(flat, m_weights.out).to(at::kFloat) * std::sqrt(static_cast<double>(width()));
}

at::Tensor Conformer::convolve(const at::Tensor& x, const ConformerWeights::Convolution& weights,
                               const at::Tensor& padding) const {
  const std::int64_t kernel = weights.depthwise_conv.weight.size(-1);
  const at::ScalarType type = scalarType(m_options.precision);
  at::Tensor state = silenced(x, padding).transpose(1, 2).to(type);  // [B, width, T]
  if (m_options.causal) state = at::constant_pad_nd(state, {kernel - 1, 0});
  state = at::glu(at::conv1d(state, weights.pointwise_conv1.weight, weights.pointwise_conv1.bias), 1);
  state = at::conv1d(state, weights.depthwise_conv.weight, weights.depthwise_conv.bias, /*stride=*/1,
                     /*padding=*/m_options.causal ? 0 : (kernel - 1) / 2, /*dilation=*/1, /*groups=*/width());
  if (weights.running_mean.defined()) {
    state = at::batch_norm(state.to(at::kFloat), weights.norm.weight, weights.norm.bias, weights.running_mean,
                           weights.running_var,
                           /*training=*/false, /*momentum=*/0.0, kBatchNormEpsilon, /*cudnn_enabled=*/false);
  } else {
    state = norm(state.transpose(1, 2), weights.norm).transpose(1, 2);
  }
  state = at::conv1d(at::silu(state).to(type), weights.pointwise_conv2.weight, weights.pointwise_conv2.bias);
  return silenced(state.transpose(1, 2), padding);
}

at::Tensor Conformer::forward(const at::Tensor& features, const at::Tensor& lengths) const {
  TORCH_CHECK(features.dim() == 3 && features.size(1) >= 7, "Conformer features ", features.sizes());
  const at::NoGradGuard noGradients;
  at::Tensor state = subsample(features);
  const std::int64_t frames = state.size(1);
  at::Tensor padding, mask;
  if (lengths.defined()) {
    padding = at::arange(frames, at::kLong).unsqueeze(0) >= outputLengths(lengths).unsqueeze(1);
    mask = at::zeros(padding.sizes(), at::kFloat)
               .masked_fill_(padding, std::numeric_limits<float>::lowest())
               .view({-1, 1, 1, frames});
  }
  const at::Tensor positions = relativePositions(m_options.rule, frames, width());
  for (const ConformerWeights::Block& block : m_weights.encoders) {
    // The state is float32, so sums with what the layers give are, too.
    state = state + feedForward(norm(state, block.norm_ff_macaron), block.feed_forward_macaron) * 0.5;
    state = state + relativeAttention(norm(state, block.norm_mha), block.self_attn, m_options.rule, positions, mask);
    state = state + convolve(norm(state, block.norm_conv), block.conv_module, padding);
    state = state + feedForward(norm(state, block.norm_ff), block.feed_forward) * 0.5;
    state = norm(state, block.norm_final);
  }
  return norm(state, m_weights.after_norm);
}

}  // namespace xllm::encoders
