#include "core/encoders/vision_transformer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/attention.h"

namespace xllm::encoders {
namespace {

// Values: 8 MB in float32. Over smaller parts the threads wait for each other too often.
constexpr std::int64_t kConvertedAtOnce = 1 << 21;

std::int64_t wholeRoot(std::int64_t square) { return std::llround(std::sqrt(static_cast<double>(square))); }

// In place, but for QuickGelu.
at::Tensor activate(at::Tensor x, Activation how) {
  switch (how) {
    case Activation::Gelu: return at::gelu_(x);
    case Activation::GeluTanh: return at::gelu_(x, "tanh");
    case Activation::QuickGelu: break;
  }
  return x * at::sigmoid(1.702 * x);
}

void check(const VisionTransformerWeights& weights, const VisionTransformerTraits& traits) {
  const at::Tensor &patches = weights.patches, &positions = weights.positions;
  TORCH_CHECK(patches.dim() == 4 && patches.size(1) == 3 && patches.size(2) == patches.size(3) &&
                  patches.size(2) <= traits.inputSide,
              "patches ", patches.sizes(), " for pictures of ", traits.inputSide);
  const std::int64_t width = patches.size(0);
  TORCH_CHECK(positions.dim() == 2 && positions.size(1) == width, "positions ", positions.sizes());
  const std::int64_t cells = positions.size(0) - (weights.classToken.defined() ? 1 : 0), side = wholeRoot(cells);
  TORCH_CHECK(cells > 0 && side * side == cells, "positions ", positions.sizes(), " are no square map");
  TORCH_CHECK(traits.heads > 0 && width % traits.heads == 0, width, " wide with ", traits.heads, " heads");
  TORCH_CHECK(!weights.classNorm || weights.classToken.defined(), "a norm of a class token that is not there");
  for (const VisionTransformerWeights::Block& block : weights.blocks) {
    TORCH_CHECK(block.queryKeyValue.weight.sizes() == at::IntArrayRef({3 * width, width}) &&
                    block.up.weight.size(0) == block.down.weight.size(1),
                "q, k, v ", block.queryKeyValue.weight.sizes(), ", up ", block.up.weight.sizes(), ", down ",
                block.down.weight.sizes());
  }
}

// Products in bfloat16 need matrices in it; float32 products convert theirs as they go.
void convert(VisionTransformerWeights::Linear& linear, Precision precision) {
  if (precision == Precision::BFloat16) linear.weight = linear.weight.to(at::kBFloat16);
  linear.bias = linear.bias.to(scalarType(precision));
}

}  // namespace

at::Tensor interpolatePositions(const at::Tensor& positions, std::int64_t classTokens, std::int64_t to) {
  const std::int64_t cells = positions.size(0) - classTokens, width = positions.size(1), from = wholeRoot(cells);
  TORCH_CHECK(from * from == cells, "positions ", positions.sizes(), " are no square map");
  if (from == to) return positions;
  const at::Tensor map = positions.narrow(0, classTokens, cells).reshape({1, from, from, width}).permute({0, 3, 1, 2});
  const at::Tensor sized = at::upsample_bicubic2d(map.contiguous(), {to, to}, /*align_corners=*/false);
  return at::cat({positions.narrow(0, 0, classTokens), sized.permute({0, 2, 3, 1}).reshape({to * to, width})});
}

VisionTransformer::VisionTransformer(VisionTransformerWeights weights, const VisionTransformerTraits& traits,
                                     Precision precision)
    : m_weights(std::move(weights)), m_traits(traits), m_precision(precision) {
  check(m_weights, traits);
  const at::NoGradGuard noGradients;
  const std::int64_t classTokens = m_weights.classToken.defined() ? 1 : 0;
  const std::int64_t side = traits.inputSide / m_weights.patches.size(2);
  m_weights.positions = interpolatePositions(m_weights.positions, classTokens, side);
  for (VisionTransformerWeights::Block& block : m_weights.blocks) {
    for (Linear* layer : {&block.queryKeyValue, &block.out, &block.up, &block.down}) convert(*layer, precision);
  }
  if (auto& head = m_weights.pooling) {
    for (Linear* layer : {&head->queryKeyValue, &head->out, &head->up, &head->down}) convert(*layer, precision);
  }
  m_shape = {.inputSide = traits.inputSide,
             .cells = m_weights.positions.size(0),
             .width = m_weights.positions.size(1),
             .classes = 0,
             .pooled = m_weights.classNorm || m_weights.pooling};
}

SeenPicture VisionTransformer::look(const RgbImage& image) const {
  const auto side = static_cast<int>(m_traits.inputSide);
  return m_traits.fit == PictureFit::Stretch ? seeStretched(image, side) : seeMiddle(image, side);
}

at::Tensor VisionTransformer::normalised(const RgbImage& pixels) const {
  return normalise(pixels, m_traits.normalisation);
}

at::Tensor VisionTransformer::norm(const at::Tensor& x, const VisionTransformerWeights::Norm& weights,
                                   double epsilon) const {
  return at::layer_norm(x, {m_shape.width}, weights.scale, weights.shift, epsilon);
}

at::Tensor VisionTransformer::linear(const at::Tensor& x, const Linear& weights) const {
  const auto type = scalarType(m_precision);
  const at::Tensor in = x.to(type);
  if (weights.weight.scalar_type() == type) return at::linear(in, weights.weight, weights.bias);
  // Some rows at a time: next to no memory is needed for what they are converted to.
  const std::int64_t outs = weights.weight.size(0), ins = weights.weight.size(1);
  const std::int64_t rows = std::max<std::int64_t>(1, kConvertedAtOnce / ins);
  const at::Tensor flat = in.reshape({-1, ins});
  at::Tensor out = at::empty({flat.size(0), outs}, flat.options());
  const at::Tensor converted = at::empty({std::min(rows, outs), ins}, flat.options());
  for (std::int64_t row = 0; row < outs; row += rows) {
    const std::int64_t count = std::min(rows, outs - row);
    at::Tensor part = out.narrow(1, row, count);
    const at::Tensor some = converted.narrow(0, 0, count).copy_(weights.weight.narrow(0, row, count));
    at::addmm_out(part, weights.bias.narrow(0, row, count), flat, some.t());
  }
  return out.view({in.size(0), in.size(1), outs});
}

at::Tensor VisionTransformer::feedForward(const at::Tensor& x, const Linear& up, const Linear& down) const {
  return linear(activate(linear(x, up), m_traits.activation), down);
}

at::Tensor VisionTransformer::attend(const at::Tensor& query, const at::Tensor& keyValue, const Linear& out) const {
  const auto heads = [&](const at::Tensor& x) {  // [B, heads, N, dim]
    return x.view({x.size(0), x.size(1), m_traits.heads, -1}).transpose(1, 2);
  };
  const auto parts = keyValue.chunk(2, -1);
  const at::Tensor seen = attention(heads(query), heads(parts[0]), heads(parts[1]), m_precision);
  return linear(seen.transpose(1, 2).reshape(query.sizes()), out);
}

at::Tensor VisionTransformer::embedPatches(const at::Tensor& pixels) const {
  const std::int64_t patch = m_weights.patches.size(2);
  at::Tensor cells =
      at::conv2d(pixels.to(at::kFloat), m_weights.patches, m_weights.patchBias, patch).flatten(2).transpose(1, 2);
  if (m_weights.classToken.defined()) cells = at::cat({m_weights.classToken.expand({cells.size(0), 1, -1}), cells}, 1);
  return cells + m_weights.positions;
}

at::Tensor VisionTransformer::pool(const at::Tensor& cells) const {
  const VisionTransformerWeights::PoolingHead& head = *m_weights.pooling;
  const std::int64_t width = m_shape.width;
  const auto part = [&](std::int64_t begin, std::int64_t rows) {
    return Linear{head.queryKeyValue.weight.narrow(0, begin, rows), head.queryKeyValue.bias.narrow(0, begin, rows)};
  };
  const at::Tensor query = linear(head.probe, part(0, width)).expand({cells.size(0), 1, width});
  const at::Tensor seen = attend(query, linear(cells, part(width, 2 * width)), head.out).to(at::kFloat);
  return (seen + feedForward(norm(seen, head.norm, m_traits.finalNormEpsilon), head.up, head.down)).select(1, 0);
}

ImageFeatures VisionTransformer::forward(const at::Tensor& pixels) const {
  TORCH_CHECK(pixels.dim() == 4 && pixels.size(1) == 3 && pixels.size(2) == m_shape.inputSide &&
                  pixels.size(3) == m_shape.inputSide,
              "this encoder takes [B, 3, ", m_shape.inputSide, ", ", m_shape.inputSide, "], not ", pixels.sizes());
  const at::NoGradGuard noGradients;
  const double epsilon = m_traits.normEpsilon;
  at::Tensor hidden = embedPatches(pixels);
  if (m_weights.firstNorm) hidden = norm(hidden, *m_weights.firstNorm, epsilon);
  for (const VisionTransformerWeights::Block& block : m_weights.blocks) {
    const at::Tensor mixed = linear(norm(hidden, block.attentionNorm, epsilon), block.queryKeyValue);
    const std::int64_t width = m_shape.width;
    hidden.add_(attend(mixed.narrow(2, 0, width), mixed.narrow(2, width, 2 * width), block.out));
    hidden.add_(feedForward(norm(hidden, block.mlpNorm, epsilon), block.up, block.down));
  }
  if (m_weights.cellNorm) hidden = norm(hidden, *m_weights.cellNorm, m_traits.finalNormEpsilon);
  return describe(hidden);
}

ImageFeatures VisionTransformer::describe(const at::Tensor& cells) const {
  TORCH_CHECK(cells.dim() == 3 && cells.size(2) == m_shape.width, "cells ", cells.sizes(), " for the width ",
              m_shape.width);
  const at::NoGradGuard noGradients;
  ImageFeatures features;
  features.cells = cells;
  if (m_weights.pooling) features.pooled = pool(cells).to(at::kFloat);
  if (m_weights.classNorm) {
    features.pooled = norm(cells.select(1, 0), *m_weights.classNorm, m_traits.finalNormEpsilon);
  }
  if (m_weights.projection.defined()) features.embedding = at::linear(features.pooled, m_weights.projection);
  return features;
}

}  // namespace xllm::encoders
