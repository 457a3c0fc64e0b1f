// The ears of a pack: which frozen encoder its recordings go through.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/encoders/speech_encoder.h"
#include "core/model/pack.h"

namespace xllm::model {

// `pack` names a speech encoder. Errors as encoders::openSpeechEncoder().
Result<std::unique_ptr<encoders::SpeechEncoder>> openSpeechEncoder(const Pack& pack);

}  // namespace xllm::model
