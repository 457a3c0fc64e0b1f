// Whisper's encoder (Radford et al. 2022, section 2.2): two convolutions, fixed positions, pre-norm transformer blocks.
// The names of the published checkpoints are translated in speech_encoder.h's loader; the decoder is not here.
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/encoders/speech_encoder.h"
#include "core/encoders/whisper_names.h"

namespace xllm::encoders {

struct WhisperWeights {
  using Norm = WhisperNorm;
  struct Block {
    Norm attentionNorm;
    Affine queryKeyValue;  // [3 · width, width]: all of q, all of k, all of v; k's bias is zero
    Affine out;
    Norm mlpNorm;
    Affine up, down;  // [4 · width, width] and back
  };
  Affine conv1, conv2;   // [width, mels, 3], [width, width, 3]
  at::Tensor positions;  // [windowFrames, width]
  std::vector<Block> blocks;
  Norm finalNorm;
  std::int64_t heads = 0;
};

// In BFloat16 a frame of Whisper base differs from float32 by 0.8 % of its length at the median, in Int8 by 3.1 % (25 s
// of telephone prompts).
class WhisperEncoder final : public SpeechEncoder {
 public:
  // weights: float32; throws on shapes that do not fit. silenceSeconds: put behind each window (speech_encoder.h).
  WhisperEncoder(WhisperWeights weights, Precision precision, double silenceSeconds);

  std::int64_t width() const override { return m_weights.positions.size(1); }
  double framesPerSecond() const override { return 50.0; }
  Result<at::Tensor> encode(const AudioClip& sound, std::stop_token stop = {}) const override;

  // Log-mel [B, mels, frames], at most 2 · windowFrames -> [B, (frames + 1) / 2, width] float32. Every frame counts:
  // rows of a batch must be equally long. Once stopped, which is looked at before every block, the numbers mean
  // nothing.
  at::Tensor encodeMel(const at::Tensor& mel, const std::stop_token& stop = {}) const;

  std::int64_t mels() const { return m_filters.size(0); }
  std::int64_t windowFrames() const { return m_weights.positions.size(0); }
  Precision precision() const { return m_precision; }

 private:
  void pass(const WhisperWeights::Block& block, at::Tensor& hidden) const;

  WhisperWeights m_weights;  // convolutions, as matrices, and linear layers in m_precision, norms and positions float32
  Precision m_precision;
  std::int64_t m_silence;  // samples
  at::Tensor m_filters;    // [mels, 201]
};

}  // namespace xllm::encoders
