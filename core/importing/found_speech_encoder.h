// What speech encoder a published folder or file holds, told from its contents, and what a pack has to say of it. Reads
// headers and configurations alone.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/encoders/speech_encoder_kind.h"
#include "core/encoders/speech_weights.h"
#include "core/weights/checkpoint.h"

namespace xllm::importing {

struct FoundSpeechEncoder {
  std::string name;                  // "Whisper", "Conformer of WeNet", …
  encoders::SpeechEncoderKind kind;  // of a pack; `statistics`: a file beside the weights, empty: in them, or missing
  std::filesystem::path weights;     // a file, or the index of several
  std::shared_ptr<const weights::Checkpoint> checkpoint;
  encoders::SpeechWeights sizes;
  std::string missing;  // what has to lie beside the weights and does not, as a sentence; empty: nothing
};

// `given`: a folder as it was downloaded, or a file. Empty where no speech encoder that is known is found, also when
// nothing can be read: what is wrong then is for the readers of other models to say.
std::optional<FoundSpeechEncoder> findSpeechEncoder(const std::filesystem::path& given);
// The same of a file that is open already.
std::optional<FoundSpeechEncoder> findSpeechEncoder(const std::shared_ptr<const weights::Checkpoint>& checkpoint);

}  // namespace xllm::importing
