// The vision transformer (Dosovitskiy et al. 2020) as BLIP-2's EVA ViT-g, CLIP and SigLIP have it: one graph, whose
// differences are declared by which weights are there and by a handful of numbers. Names of published files are
// translated in vision_loader.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/encoders/image_encoder.h"
#include "core/encoders/resample.h"

namespace xllm::encoders {

struct VisionTransformerWeights {
  struct Norm {
    at::Tensor scale, shift;  // [width] float32
  };
  struct Linear {
    at::Tensor weight, bias;  // [out, in] of any floating type, [out] float32
  };
  struct Block {
    Norm attentionNorm;
    Linear queryKeyValue;  // [3 · width, width]: all of q, all of k, all of v
    Linear out;
    Norm mlpNorm;
    Linear up, down;  // [inner, width] and back
  };
  // SigLIP: a learned query looks at all cells, and an MLP follows.
  struct PoolingHead {
    at::Tensor probe;      // [1, 1, width] float32
    Linear queryKeyValue;  // as in a block
    Linear out;
    Norm norm;
    Linear up, down;
  };
  at::Tensor patches,
      patchBias;          // [width, 3, patch, patch] and [width] float32, the bias undefined where there is none
  at::Tensor classToken;  // [1, 1, width] float32, undefined: none (SigLIP)
  at::Tensor positions;   // [cells, width] float32, the class token's first
  std::optional<Norm> firstNorm;  // CLIP: before the first block
  std::vector<Block> blocks;
  std::optional<Norm> cellNorm;   // EVA's ln_vision, SigLIP: after the last block
  std::optional<Norm> classNorm;  // CLIP: of the class token, which then is `pooled`
  at::Tensor projection;          // CLIP: `pooled` -> `embedding`, [embedding, width] float32, or undefined
  std::optional<PoolingHead> pooling;
};

// How a picture becomes a square.
enum class PictureFit {
  Stretch = 1,  // resized to side × side whatever its aspect
  CropMiddle,   // short side resized, middle square cut out
};

struct VisionTransformerTraits {
  std::int64_t heads = 0;
  std::int64_t inputSide = 0;  // pixels; its whole patches make the map
  Activation activation = Activation::Gelu;
  double normEpsilon = 1e-6;       // inside the blocks, and of firstNorm
  double finalNormEpsilon = 1e-6;  // of cellNorm, classNorm and the pooling head
  PictureFit fit = PictureFit::Stretch;
  Normalisation normalisation = kClipNormalisation;
};

class VisionTransformer final : public ImageEncoder {
 public:
  // Throws on shapes that do not fit. Positions are interpolated when inputSide has another number of patches.
  VisionTransformer(VisionTransformerWeights weights, const VisionTransformerTraits& traits, Precision precision);

  const ImageEncoderShape& shape() const override { return m_shape; }
  SeenPicture look(const RgbImage& image) const override;
  at::Tensor normalised(const RgbImage& pixels) const override;
  ImageFeatures forward(const at::Tensor& pixels) const override;
  ImageFeatures describe(const at::Tensor& cells) const override;

 private:
  using Linear = VisionTransformerWeights::Linear;
  at::Tensor norm(const at::Tensor& x, const VisionTransformerWeights::Norm& weights, double epsilon) const;
  at::Tensor linear(const at::Tensor& x, const Linear& weights) const;  // in the precision of the products
  at::Tensor feedForward(const at::Tensor& x, const Linear& up, const Linear& down) const;
  // softmax(q kᵀ / √d) v of every head, then `out`: q [B, N, width], kv [B, M, 2 · width] -> [B, N, width]
  at::Tensor attend(const at::Tensor& query, const at::Tensor& keyValue, const Linear& out) const;
  at::Tensor embedPatches(const at::Tensor& pixels) const;  // [B, cells, width]
  at::Tensor pool(const at::Tensor& cells) const;           // the pooling head

  VisionTransformerWeights m_weights;
  VisionTransformerTraits m_traits;
  Precision m_precision;
  ImageEncoderShape m_shape;
};

// Positions [classTokens + from², width] -> [classTokens + to², width]: bicubic (a = −0.75, no antialiasing) over the
// map, the class token's kept, as LAVIS and Hugging Face do.
at::Tensor interpolatePositions(const at::Tensor& positions, std::int64_t classTokens, std::int64_t to);

}  // namespace xllm::encoders
