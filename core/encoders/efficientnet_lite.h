// EfficientNet-lite0 (Tan & Le 2019; the "lite" variant of tensorflow/tpu: no squeeze-and-excitation, ReLU6) with its
// ImageNet classifier. Runs with batch normalisation folded into the convolutions. Class names are not here.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/encoders/image_encoder.h"

namespace xllm::encoders {

struct EfficientNetWeights {
  // A convolution with "same" padding as TensorFlow places it: the odd row and column go to the bottom and right.
  struct Convolution {
    at::Tensor weight;  // [out, in / groups, k, k]
    at::Tensor bias;    // [out]
    std::int64_t stride = 1, groups = 1;
    bool relu6 = true;
  };
  struct Block {
    std::vector<Convolution> layers;  // expand (absent in the first block), depthwise, project
    bool residual = false;            // the block's input is added to its output
  };
  // What follows the last convolution, kept apart so that feature maps can be drawn from the network's own statistics:
  // before ReLU6 channel c of a cell is distributed with the mean `shift[c]` and the deviation `|scale[c]|` over
  // ImageNet, since the batch normalisation maps its input (mean `mean[c]`, variance `variance[c]`) there.
  struct Head {
    at::Tensor mean, variance, scale, shift;  // [1280], of the last batch normalisation
    double epsilon = 0.0;
    at::Tensor classWeight, classBias;  // [1000, 1280], [1000]: row i is class i of ImageNet's usual order
  };
  Convolution stem;
  std::vector<Block> blocks;
  Convolution last;
  Head head;
};

class EfficientNetLite final : public ImageEncoder {
 public:
  explicit EfficientNetLite(EfficientNetWeights weights);

  const ImageEncoderShape& shape() const override { return m_shape; }
  // Pillow's bicubic straight to 224 × 224 (the aspect is not kept), then (byte - 127) / 128.
  SeenPicture look(const RgbImage& image) const override;
  at::Tensor normalised(const RgbImage& pixels) const override;
  ImageFeatures forward(const at::Tensor& pixels) const override;
  ImageFeatures describe(const at::Tensor& cells) const override;

  // Any cells [B, cells, 1280] float32, also made-up ones (each value in 0 … 6) -> [B, 1000].
  at::Tensor logits(const at::Tensor& cells) const;
  at::Tensor classify(const at::Tensor& cells) const;  // softmax of the logits

  const EfficientNetWeights::Head& head() const { return m_weights.head; }

 private:
  EfficientNetWeights m_weights;
  ImageEncoderShape m_shape;
};

}  // namespace xllm::encoders
