// Frozen picture encoders: pixels → features. Never trained; no gradients.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/base/rgb_image.h"
#include "core/base/seen_picture.h"
#include "core/encoders/precision.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

struct ImageFeatures {
  at::Tensor cells;   // [B, cells, width] float32: the cells of a square map row by row, with vision transformers
                      // the class token in front where there is one
  at::Tensor pooled;  // [B, width], undefined if the encoder has none
  at::Tensor probabilities;  // [B, classes] of the encoder's own classifier, undefined if it has none
  at::Tensor embedding;      // [B, any]: CLIP's vector to compare with those of texts, undefined if it has none
};

struct ImageEncoderShape {
  std::int64_t inputSide = 0;  // pixels
  std::int64_t cells = 0, width = 0, classes = 0;
  bool pooled = false;  // whether it makes a pooled vector
};

class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  virtual const ImageEncoderShape& shape() const = 0;
  // What it looks at of any picture: the crop and resize it was trained with.
  virtual SeenPicture look(const RgbImage& image) const = 0;
  // look()'s pixels, normalised as it was trained -> [1, 3, side, side] float32.
  virtual at::Tensor normalised(const RgbImage& pixels) const = 0;
  at::Tensor preprocess(const RgbImage& image) const { return normalised(look(image).pixels); }
  virtual ImageFeatures forward(const at::Tensor& pixels) const = 0;  // [B, 3, side, side]
  // The same from the cells alone [B, cells, width], for cells that were kept.
  virtual ImageFeatures describe(const at::Tensor& cells) const = 0;
};

// EfficientNet-lite0 with its ImageNet classifier, from the legacy PyTorch file: cells 7×7, width 1280, 1000 classes.
Result<std::unique_ptr<ImageEncoder>> loadEfficientNetLite(const weights::Checkpoint& checkpoint);

enum class Activation { Gelu = 1, GeluTanh, QuickGelu };

// What a vision transformer's file does not tell, or what one wants otherwise.
struct VisionOptions {
  std::int64_t heads = 0;                // 0: width / 64, at most 16, which holds for every published size
  std::int64_t blocks = 0;               // only the first so many; 0: all (of EVA-CLIP-g's 40 the 39 that BLIP-2 uses)
  std::int64_t inputSide = 0;            // pixels; 0: as many patches as the file has positions
  std::optional<Activation> activation;  // none: EVA gelu, CLIP quick gelu, SigLIP tanh gelu
  std::optional<double> normEpsilon;     // none: CLIP 1e-5, the others 1e-6
  std::optional<double> finalNormEpsilon;  // none: LAVIS' ln_vision 1e-5, the others' last norm like normEpsilon
  bool finalNorm = true;                   // EVA: false leaves ln_vision to the image interface (its featureNorm)
  std::optional<Precision> precision;      // of the products; none: fastestPrecision()
  Storage storage = Storage::AsStored;     // BFloat16 products keep their matrices in bfloat16 in any case
};
// What Hugging Face's config.json at `file` says of a vision transformer fills what `options` leaves open. Without such
// a file, or where it describes no vision model, nothing changes. CorruptFile when it cannot be understood.
Result<VisionOptions> withVisionConfig(VisionOptions options, const std::filesystem::path& file);

// BLIP-2's EVA ViT-g/14 of any size, as in LAVIS' files (the bare tower, or `visual_encoder.` in a whole model),
// Hugging Face's blip2 files, or VisualGLM's. Cells: class token and patches (257 × 1408), normed by ln_vision where
// the file has it. No `pooled`. Pictures are stretched to the input's square.
Result<std::unique_ptr<ImageEncoder>> loadEvaVit(const weights::Checkpoint& checkpoint,
                                                 const VisionOptions& options = {});
// CLIP's vision transformer, Hugging Face's names or OpenAI's (TorchScript or a state dict). Cells: class token and
// patches after the last block; pooled: the normed class token; embedding where the file has the projection.
Result<std::unique_ptr<ImageEncoder>> loadClipVision(const weights::Checkpoint& checkpoint,
                                                     const VisionOptions& options = {});
// SigLIP's, Hugging Face's names. Cells: normed patches; pooled: its attention pooling where the file has it.
Result<std::unique_ptr<ImageEncoder>> loadSiglipVision(const weights::Checkpoint& checkpoint,
                                                       const VisionOptions& options = {});

// Which of the types below the names in the file are of; empty: none.
std::string_view imageEncoderTypeOf(const weights::Checkpoint& checkpoint);

// The one door: opens `file` and loads what `type` says: "efficientnet-lite", "eva-vit", "clip", "siglip"; empty: told
// from the names in the file. A config.json beside the file is heard (withVisionConfig). Unsupported for other types,
// and when the names are of none of them.
Result<std::unique_ptr<ImageEncoder>> openImageEncoder(const std::string& type, const std::filesystem::path& file,
                                                       const VisionOptions& options = {});
// The same of an open file.
Result<std::unique_ptr<ImageEncoder>> loadImageEncoder(const std::string& type, const weights::Checkpoint& checkpoint,
                                                       const VisionOptions& options = {});

}  // namespace xllm::encoders
