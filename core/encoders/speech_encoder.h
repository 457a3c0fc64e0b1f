// Frozen speech encoders: 16 kHz samples → feature frames. Never trained; no gradients.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include <ATen/core/Tensor.h>

#include "core/base/audio_clip.h"
#include "core/base/result.h"
#include "core/encoders/precision.h"
#include "core/encoders/speech_encoder_kind.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

class SpeechEncoder {
 public:
  virtual ~SpeechEncoder() = default;
  virtual std::int64_t width() const = 0;
  virtual double framesPerSecond() const = 0;
  // 16 kHz mono -> [frames, width] float32, as many frames as the sound is long (not padded to 30 s); longer than the
  // encoder's window: window after window. BadInput for another sampling rate or less than 0.1 s, Cancelled
  // soon after a stop, before the sound is through.
  virtual Result<at::Tensor> encode(const AudioClip& sound, std::stop_token stop = {}) const = 0;
};

struct WhisperOptions {
  std::optional<Precision> precision;  // none: fastestWithInt8()
  std::int64_t heads = 0;              // 0: what the file says, else width / 64, which holds for every published size
  // Put behind the sound, its frames cut off again. Whisper was trained with 30 s: with 1 s its own decoder makes as
  // few errors (10.7 % of the words of 20 clips), with none half as many again (15.7 %).
  double silenceSeconds = 1.0;
};

// Whisper of any size, from CTranslate2 v6 model.bin, OpenAI's, Hugging Face's or whisper.cpp's files; the decoder in
// the same file is not read. Sound longer than 30 s less the silence is cut into as few windows as needed, all equally
// long.
Result<std::unique_ptr<SpeechEncoder>> loadWhisperEncoder(const weights::Checkpoint& checkpoint,
                                                          const WhisperOptions& options = {});

// Unsupported for a type that is not known; BadInput for statistics or positions that the type needs and lacks, or
// cannot have. No file is looked at.
Result<void> checkSpeechEncoderKind(const SpeechEncoderKind& kind);
// Any speech encoder, by what a pack or a training config says of it: what the check and the files' readers say.
// precision none: the fastest that the encoder bears. Int8: BadInput for another than Whisper's; where the processor is
// slow with it (kernels::int8IsFast()), as none.
Result<std::unique_ptr<SpeechEncoder>> openSpeechEncoder(const SpeechEncoderKind& kind,
                                                         const std::filesystem::path& weights,
                                                         std::optional<Precision> precision = {});

}  // namespace xllm::encoders
