// The stages of V2L: from the image interface, its soft tokens become words for what is in a clip and what happens
// (video-words), then the frozen language model answers questions from them (video-language).
#pragma once

#include <memory>
#include <stop_token>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"

namespace xllm::training {

Result<std::unique_ptr<TrainingTask>> makeClipTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                   std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
