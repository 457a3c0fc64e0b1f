// The Conformer encoder (Gulati et al. 2020) as WeNet, ESPnet and FunASR train it for recognition: two convolutions to
// a quarter of the frame rate, then blocks of feed-forward, relative attention, convolution, feed-forward. Decoders,
// CTC heads and streaming in chunks are not here; the published names are read by conformer_loader.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/encoders/affine.h"
#include "core/encoders/relative_attention.h"

namespace xllm::encoders {

// Called what the three toolkits' files call them.
struct ConformerWeights {
  struct Norm {
    at::Tensor weight, bias;  // [width]
  };
  struct FeedForward {
    Affine w_1, w_2;  // [units, width] and back, swish between
  };
  struct Convolution {
    Affine pointwise_conv1;  // [2 · width, width, 1], then a gated linear unit
    Affine depthwise_conv;   // [width, 1, kernel]
    Norm norm;
    at::Tensor running_mean, running_var;  // [width]: batch norm; undefined: layer norm
    Affine pointwise_conv2;                // [width, width, 1]
  };
  struct Block {
    Norm norm_ff_macaron, norm_mha, norm_conv, norm_ff, norm_final;
    FeedForward feed_forward_macaron, feed_forward;
    RelativeAttentionWeights self_attn;
    Convolution conv_module;
  };
  Affine conv0, conv2;  // embed.conv: [width, 1, 3, 3], [width, width, 3, 3], each of stride 2
  Affine out;           // embed.out: [width, width · 19] for 80 bins
  std::vector<Block> encoders;
  Norm after_norm;
};

struct ConformerOptions {
  RelativeRule rule = RelativeRule::WeNet;
  bool causal = false;         // the depthwise convolution sees the past alone
  double normEpsilon = 1e-12;  // ESPnet and FunASR; WeNet has 1e-5
  Precision precision = Precision::Float32;
};

class Conformer {
 public:
  // weights: float32. Throws on shapes that do not fit.
  Conformer(ConformerWeights weights, const ConformerOptions& options);

  // Normalised features [B, T, bins] float32, T >= 7; lengths [B] int64 of the valid frames, undefined: all -> [B, T',
  // width] float32. Rows past a clip's frames hold anything finite. Without `causal` a clip in a padded batch differs a
  // little from the same clip alone, as published: the padding's bias leaks into its last (kernel - 1) / 2 frames.
  at::Tensor forward(const at::Tensor& features, const at::Tensor& lengths = {}) const;
  // Of `frames` in, how many come out: T' = ((T - 1) / 2 - 1) / 2.
  static at::Tensor outputLengths(const at::Tensor& frames);

  std::int64_t width() const { return m_weights.after_norm.weight.size(0); }

 private:
  at::Tensor norm(const at::Tensor& x, const ConformerWeights::Norm& weights) const;  // of any type, in float32
  at::Tensor subsample(const at::Tensor& features) const;
  // x [B, T, width], padding [B, T] bool or undefined: true where there is no sound
  at::Tensor convolve(const at::Tensor& x, const ConformerWeights::Convolution& weights,
                      const at::Tensor& padding) const;

  ConformerWeights m_weights;  // convolutions and linear layers in m_options.precision, the others float32
  ConformerOptions m_options;
};

}  // namespace xllm::encoders
