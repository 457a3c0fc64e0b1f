#include "core/encoders/efficientnet_lite.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "core/encoders/resample.h"
#include "core/encoders/weight_reader.h"

namespace xllm::encoders {
namespace {

using Convolution = EfficientNetWeights::Convolution;

constexpr std::int64_t kInputSide = 224;
constexpr std::int64_t kStemChannels = 32;
constexpr std::int64_t kHeadChannels = 1280;
constexpr std::int64_t kClasses = 1000;
constexpr double kNormEpsilon = 1e-3;
constexpr Normalisation kNormalisation{
    .divisor = 1.0F, .mean = {127.0F, 127.0F, 127.0F}, .deviation = {128.0F, 128.0F, 128.0F}};

struct Stage {
  std::int64_t repeats, kernel, stride, expansion, channels;
};
constexpr std::array<Stage, 7> kStages = {{{1, 3, 1, 1, 16},
                                           {2, 3, 2, 6, 24},
                                           {2, 5, 2, 6, 40},
                                           {3, 3, 2, 6, 80},
                                           {3, 5, 1, 6, 112},
                                           {4, 5, 2, 6, 192},
                                           {1, 3, 1, 6, 320}}};

at::Tensor apply(const Convolution& layer, at::Tensor pixels) {
  const std::int64_t kernel = layer.weight.size(2);
  const auto missing = [&](std::int64_t side) {
    return std::max<std::int64_t>(((side + layer.stride - 1) / layer.stride - 1) * layer.stride + kernel - side, 0);
  };
  const std::int64_t rows = missing(pixels.size(2)), columns = missing(pixels.size(3));
  std::array<std::int64_t, 2> padding = {rows / 2, columns / 2};
  if (rows % 2 != 0 || columns % 2 != 0) {
    pixels = at::constant_pad_nd(pixels, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2});
    padding = {0, 0};
  }
  at::Tensor out = at::conv2d(pixels, layer.weight, layer.bias, layer.stride, padding, /*dilation=*/1, layer.groups);
  return layer.relu6 ? out.clamp_(0.0, 6.0) : out;
}

struct Norm {
  at::Tensor mean, variance, scale, shift;
};

class Loader {
 public:
  explicit Loader(const weights::Checkpoint& checkpoint) : m_reader(checkpoint, "") {}

  Result<EfficientNetWeights> load() {
    EfficientNetWeights weights;
    weights.stem = convolution("_conv_stem", "_bn0", {kStemChannels, 3, 3, 3});
    weights.stem.stride = 2;
    std::int64_t channels = kStemChannels;
    for (const Stage& stage : kStages) {
      for (std::int64_t repeat = 0; repeat < stage.repeats; ++repeat) {
        weights.blocks.push_back(block(weights.blocks.size(), stage, channels, repeat == 0 ? stage.stride : 1));
        channels = stage.channels;
      }
    }
    weights.last = convolution("_conv_head", "_bn1", {kHeadChannels, channels, 1, 1});
    const Norm last = norm("_bn1", kHeadChannels);
    weights.head = {.mean = last.mean,
                    .variance = last.variance,
                    .scale = last.scale,
                    .shift = last.shift,
                    .epsilon = kNormEpsilon,
                    .classWeight = m_reader.take("_fc.weight", {kClasses, kHeadChannels}),
                    .classBias = m_reader.take("_fc.bias", {kClasses})};
    if (m_reader.failure()) return tl::unexpected(*m_reader.failure());
    return weights;
  }

 private:
  Norm norm(const std::string& name, std::int64_t channels) {
    return {m_reader.take(name + ".running_mean", {channels}), m_reader.take(name + ".running_var", {channels}),
            m_reader.take(name + ".weight", {channels}), m_reader.take(name + ".bias", {channels})};
  }

  // With the batch normalisation that follows it folded in, in float64.
  Convolution convolution(const std::string& name, const std::string& normName,
                          const std::vector<std::int64_t>& shape) {
    const at::Tensor weight = m_reader.take(name + ".weight", shape);
    const Norm after = norm(normName, shape[0]);
    if (m_reader.failure()) return {};
    const at::Tensor gain = after.scale.to(at::kDouble) / at::sqrt(after.variance.to(at::kDouble) + kNormEpsilon);
    return {.weight = (weight.to(at::kDouble) * gain.view({-1, 1, 1, 1})).to(at::kFloat),
            .bias = (after.shift.to(at::kDouble) - after.mean.to(at::kDouble) * gain).to(at::kFloat)};
  }

  EfficientNetWeights::Block block(std::size_t index, const Stage& stage, std::int64_t channels, std::int64_t stride) {
    const std::string prefix = "_blocks." + std::to_string(index) + ".";
    const std::int64_t wide = channels * stage.expansion;
    EfficientNetWeights::Block block;
    if (stage.expansion != 1) {
      block.layers.push_back(convolution(prefix + "_expand_conv", prefix + "_bn0", {wide, channels, 1, 1}));
    }
    block.layers.push_back(
        convolution(prefix + "_depthwise_conv", prefix + "_bn1", {wide, 1, stage.kernel, stage.kernel}));
    block.layers.back().stride = stride;
    block.layers.back().groups = wide;
    block.layers.push_back(convolution(prefix + "_project_conv", prefix + "_bn2", {stage.channels, wide, 1, 1}));
    block.layers.back().relu6 = false;
    block.residual = stride == 1 && channels == stage.channels;
    return block;
  }

  WeightReader m_reader;
};

}  // namespace

EfficientNetLite::EfficientNetLite(EfficientNetWeights weights) : m_weights(std::move(weights)) {
  const std::int64_t side = kInputSide / 32;
  m_shape = {.inputSide = kInputSide,
             .cells = side * side,
             .width = m_weights.last.weight.size(0),
             .classes = m_weights.head.classWeight.size(0),
             .pooled = true};
}

SeenPicture EfficientNetLite::look(const RgbImage& image) const { return seeStretched(image, kInputSide); }

at::Tensor EfficientNetLite::normalised(const RgbImage& pixels) const { return normalise(pixels, kNormalisation); }

ImageFeatures EfficientNetLite::forward(const at::Tensor& pixels) const {
  TORCH_CHECK(pixels.dim() == 4 && pixels.size(1) == 3 && pixels.size(2) == kInputSide && pixels.size(3) == kInputSide,
              "EfficientNet-lite0 takes [B, 3, 224, 224], not ", pixels.sizes());
  const at::NoGradGuard noGradients;
  at::Tensor map = apply(m_weights.stem, pixels.contiguous(at::MemoryFormat::ChannelsLast));
  for (const EfficientNetWeights::Block& block : m_weights.blocks) {
    at::Tensor out = map;
    for (const Convolution& layer : block.layers) out = apply(layer, out);
    map = block.residual ? out.add_(map) : out;
  }
  map = apply(m_weights.last, map);
  return describe(map.permute({0, 2, 3, 1}).reshape({map.size(0), m_shape.cells, m_shape.width}));
}

ImageFeatures EfficientNetLite::describe(const at::Tensor& cells) const {
  ImageFeatures features;
  features.cells = cells;
  features.pooled = cells.mean(1);
  features.probabilities = classify(cells);
  return features;
}

at::Tensor EfficientNetLite::logits(const at::Tensor& cells) const {
  TORCH_CHECK(cells.dim() == 3 && cells.size(2) == m_shape.width, "cells ", cells.sizes(), " for the width ",
              m_shape.width);
  const at::NoGradGuard noGradients;
  return at::linear(cells.mean(1), m_weights.head.classWeight, m_weights.head.classBias);
}

at::Tensor EfficientNetLite::classify(const at::Tensor& cells) const { return at::softmax(logits(cells), -1); }

Result<std::unique_ptr<ImageEncoder>> loadEfficientNetLite(const weights::Checkpoint& checkpoint) {
  Result<EfficientNetWeights> weights = Loader(checkpoint).load();
  if (!weights) return tl::unexpected(weights.error());
  return std::make_unique<EfficientNetLite>(std::move(*weights));
}

}  // namespace xllm::encoders
