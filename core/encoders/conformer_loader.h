// Which toolkit a Conformer comes from decides its features, the rule of its positions and an epsilon, none of which
// its tensors tell. Internal to core/encoders; the door is speech_encoder.h.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/encoders/conformer.h"
#include "core/encoders/feature_statistics.h"
#include "core/encoders/speech_encoder.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

enum class SpeechToolkit { WeNet = 1, EspNet, FunAsr };

struct ConformerLoading {
  SpeechToolkit toolkit = SpeechToolkit::WeNet;
  RelativeRule rule = RelativeRule::WeNet;
  // WeNet: global_cmvn, empty: in the weights. FunASR: am.mvn. ESPnet: in the weights.
  std::filesystem::path statistics = {};
  std::optional<Precision> precision = {};  // none: fastestPrecision()
};

// What stands in front of the names of the whole model ("", "state_dict/", …), "encoder." behind it; empty: no
// Conformer.
std::optional<std::string> conformerRoot(const weights::Checkpoint& checkpoint);

// Width, blocks, heads, kernel and the kind of norm are read off the shapes. Causal: those with layer norm (WeNet's
// recipes pair the two) or an even kernel.
Result<Conformer> loadConformer(const weights::Checkpoint& checkpoint, const ConformerLoading& how);

// With its features: sound in, frames out; 25 a second, ESPnet 31.25 (its spectrogram has a hop of 128 samples).
Result<std::unique_ptr<SpeechEncoder>> loadConformerEncoder(const weights::Checkpoint& checkpoint,
                                                            const ConformerLoading& how);

}  // namespace xllm::encoders
