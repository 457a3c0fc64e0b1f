// Stage 2 of I2L on captioned pictures (the paper's "aligning"): asked about a picture, the frozen language model is to
// answer with its caption.
#pragma once

#include <memory>
#include <stop_token>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"

namespace xllm::training {

Result<std::unique_ptr<TrainingTask>> makeImageCaptionsTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                            std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
