// Frozen speech encoders: 16 kHz samples → feature frames. Never trained; no gradients.
#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

class SpeechEncoder {
 public:
  virtual ~SpeechEncoder() = default;
  virtual std::int64_t width() const = 0;
  virtual double framesPerSecond() const = 0;
  // 16 kHz mono -> [frames, width] float32, as many frames as the sound is long (not padded to 30 s); longer than the
  // encoder's window: window after window. BadInput for another sampling rate or less than 0.1 s.
  virtual Result<at::Tensor> encode(const AudioClip& sound) const = 0;
};

// Whisper of any size, from CTranslate2 v6 model.bin, OpenAI's or Hugging Face's names.
Result<std::unique_ptr<SpeechEncoder>> loadWhisperEncoder(const weights::Checkpoint& checkpoint);

}  // namespace xllm::encoders
