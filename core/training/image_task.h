// The stages of I2L: its soft tokens become word embeddings of what the encoder recognised (image-words), then the
// frozen language model answers questions from them (image-language).
#pragma once

#include <memory>
#include <stop_token>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"

namespace xllm::training {

Result<std::unique_ptr<TrainingTask>> makeImageTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                    std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
