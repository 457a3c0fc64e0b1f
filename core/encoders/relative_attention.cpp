#include "core/encoders/relative_attention.h"

#include <cmath>

#include <ATen/ATen.h>

namespace xllm::encoders {
namespace {

// s [B, heads, T, …] of each frame with each position -> [B, heads, T, T] of each frame with each other.
at::Tensor shifted(const at::Tensor& s, RelativeRule rule) {
  const std::int64_t batch = s.size(0), heads = s.size(1), frames = s.size(2);
  if (rule == RelativeRule::WeNet) return s;
  if (rule == RelativeRule::Latest) {  // (i, j) <- s[i, T - 1 - i + j]
    const std::int64_t columns = 2 * frames - 1, plane = frames * columns;
    return s.contiguous().as_strided({batch, heads, frames, frames}, {heads * plane, plane, columns - 1, 1},
                                     frames - 1);
  }
  // Rows of T + 1 with a zero in front, read as rows of T from the second on.
  const at::Tensor padded = at::constant_pad_nd(s, {1, 0});
  const std::int64_t plane = frames * (frames + 1);
  return padded.as_strided({batch, heads, frames, frames}, {heads * plane, plane, frames, 1}, frames);
}

}  // namespace

at::Tensor interleavedPositions(std::int64_t first, std::int64_t step, std::int64_t count, std::int64_t width) {
  TORCH_CHECK(width > 0 && width % 2 == 0, "positions of width ", width);
  const auto options = at::TensorOptions(at::kDouble);
  const at::Tensor places = at::arange(count, options).mul_(step).add_(first).unsqueeze(1);
  const at::Tensor rates =
      at::arange(0, width, 2, options).mul_(-std::log(10000.0) / static_cast<double>(width)).exp_();
  const at::Tensor angles = places * rates;
  return at::stack({angles.sin(), angles.cos()}, 2).view({count, width}).to(at::kFloat);
}

at::Tensor relativePositions(RelativeRule rule, std::int64_t frames, std::int64_t width) {
  TORCH_CHECK(frames > 0, "relative positions of ", frames, " frames");
  switch (rule) {
    case RelativeRule::Legacy:
      TORCH_CHECK(frames <= kLegacyFrames, "legacy positions of ", frames, " frames");
      return interleavedPositions(kLegacyFrames - 1, -1, frames, width);
    case RelativeRule::Latest: return interleavedPositions(frames - 1, -1, 2 * frames - 1, width);
    case RelativeRule::WeNet: return interleavedPositions(0, 1, frames, width);
  }
  TORCH_CHECK(false, "unknown rule of relative positions");
}

at::Tensor relativeAttention(const at::Tensor& x, const RelativeAttentionWeights& weights, RelativeRule rule,
                             const at::Tensor& positions, const at::Tensor& mask) {
  const std::int64_t batch = x.size(0), frames = x.size(1), heads = weights.pos_bias_u.size(0),
                     size = weights.pos_bias_u.size(1);
  const at::ScalarType type = weights.linear_q.weight.scalar_type();
  const auto split = [&](const Affine& layer) { return product(x, layer).view({batch, frames, heads, size}); };
  const at::Tensor query = split(weights.linear_q);
  const at::Tensor place = product(positions, weights.linear_pos).view({-1, heads, size});          // [P, h, d]
  const auto biased = [&](const at::Tensor& by) { return (query + by).to(type).transpose(1, 2); };  // [B, h, T, d]
  const at::Tensor content = biased(weights.pos_bias_u);
  const at::Tensor scores = at::matmul(biased(weights.pos_bias_v), place.permute({1, 2, 0}));
  at::Tensor bias = shifted(scores, rule).to(at::kFloat) / std::sqrt(static_cast<double>(size));
  if (mask.defined()) bias = bias + mask;
  const at::Tensor seen = at::scaled_dot_product_attention(content, split(weights.linear_k).transpose(1, 2),
                                                           split(weights.linear_v).transpose(1, 2), bias);
  return product(seen.transpose(1, 2).reshape({batch, frames, heads * size}), weights.linear_out);
}

}  // namespace xllm::encoders
