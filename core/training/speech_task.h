// The stages of S2L on the frozen speech encoder's features: recognition in the language model's own tokens
// (speech-recognition), then answers to what is said, through the frozen language model (speech-language).
#pragma once

#include <memory>
#include <stop_token>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"

namespace xllm::training {

// Reads the lists, and computes what the feature store lacks (that can take a while; it goes on where it was stopped).
Result<std::unique_ptr<TrainingTask>> makeSpeechTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                     std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
