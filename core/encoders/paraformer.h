// The encoder of FunASR's Paraformer (Gao et al. 2022): SAN-M blocks (Gao et al. 2020), in which a depthwise
// convolution over the values, the memory, stands beside the attention. The predictor and the decoder are not here; CIF
// is core/x2l/cif.h. Source: FunASR's funasr/models/sanm.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/encoders/affine.h"
#include "core/encoders/speech_encoder.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

// Called what FunASR's files call them.
struct SanmWeights {
  struct Norm {
    at::Tensor weight, bias;
  };
  struct Block {
    Norm norm1, norm2;      // [in], [width]; in = width but for the first block
    Affine linear_q_k_v;    // [3 · width, in]
    Affine linear_out;      // [width, width]
    at::Tensor fsmn_block;  // [width, 1, kernel], kernel odd
    Affine w_1, w_2;        // [units, width] and back, ReLU between
  };
  std::vector<Block> blocks;  // encoders0.0, encoders.0, encoders.1, …
  Norm after_norm;            // [width]
  std::int64_t heads = 0;
};

class SanmEncoder {
 public:
  // weights: float32; throws on shapes that do not fit.
  explicit SanmEncoder(SanmWeights weights, Precision precision = Precision::Float32);

  // Normalised features [B, T, in] float32, rows equally long -> [B, T, width] float32.
  at::Tensor forward(const at::Tensor& features) const;

  std::int64_t width() const { return m_weights.after_norm.weight.size(0); }
  std::int64_t inputWidth() const { return m_weights.blocks.front().norm1.weight.size(0); }

 private:
  at::Tensor attend(const at::Tensor& x, const SanmWeights::Block& block) const;

  SanmWeights m_weights;  // linear layers and memories in one precision, norms float32
  Precision m_precision;
};

// What stands in front of the encoder's names ("encoder.", "state_dict/encoder.", …); empty: no Paraformer.
std::optional<std::string> paraformerRoot(const weights::Checkpoint& checkpoint);

struct SanmOptions {
  std::optional<Precision> precision = {};  // none: fastestPrecision()
  std::int64_t heads = 0;                   // 0: 4, which every published Paraformer has; its tensors do not tell
};
Result<SanmEncoder> loadSanmEncoder(const weights::Checkpoint& checkpoint, const SanmOptions& options = {});

// With FunASR's features: filter bank under a Hamming window, 7 frames stacked every 6, normalised by `statistics`, its
// am.mvn. 16.7 frames a second.
Result<std::unique_ptr<SpeechEncoder>> loadParaformerEncoder(const weights::Checkpoint& checkpoint,
                                                             const std::filesystem::path& statistics,
                                                             std::optional<Precision> precision = {});

}  // namespace xllm::encoders
