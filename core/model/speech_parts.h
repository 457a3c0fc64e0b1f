// The ears of a pack: which frozen encoder its recordings go through.
#pragma once

#include <memory>
#include <optional>

#include "core/base/result.h"
#include "core/encoders/speech_encoder.h"
#include "core/model/pack.h"

namespace xllm::model {

// `pack` names a speech encoder. Computed in `precision`; none: what the pack says, or the fastest that the encoder
// bears. BadInput for a config that does not fit; errors as encoders::openSpeechEncoder().
Result<std::unique_ptr<encoders::SpeechEncoder>> openSpeechEncoder(const Pack& pack,
                                                                   std::optional<encoders::Precision> precision = {});

}  // namespace xllm::model
