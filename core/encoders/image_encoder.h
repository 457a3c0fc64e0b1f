// Frozen picture encoders: pixels → features. Never trained; no gradients.
#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

struct ImageFeatures {
  at::Tensor cells;          // [B, cells, width] float32: patch tokens, or the cells of a square feature map row by row
  at::Tensor pooled;         // [B, width], undefined if the encoder has none
  at::Tensor probabilities;  // [B, classes] of the encoder's own classifier, undefined if it has none
};

struct ImageEncoderShape {
  std::int64_t inputSide = 0;  // pixels
  std::int64_t cells = 0, width = 0, classes = 0;
};

class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  virtual const ImageEncoderShape& shape() const = 0;
  // The resize, crop and normalisation this encoder was trained with: any picture -> [1, 3, side, side] float32.
  virtual at::Tensor preprocess(const RgbImage& image) const = 0;
  virtual ImageFeatures forward(const at::Tensor& pixels) const = 0;  // [B, 3, side, side]
};

// EfficientNet-lite0 with its ImageNet classifier, from the legacy PyTorch file: cells 7×7, width 1280, 1000 classes.
Result<std::unique_ptr<ImageEncoder>> loadEfficientNetLite(const weights::Checkpoint& checkpoint);

}  // namespace xllm::encoders
