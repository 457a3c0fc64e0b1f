// Stage 1 of I2L on captioned pictures (the paper's "converting"): the Q-Former learns to compare, match and describe
// (qformer_losses.h), before any language model is asked. It exports the query branch alone; the text branch stays in
// the run's checkpoints.
#pragma once

#include <memory>
#include <stop_token>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"

namespace xllm::training {

// "init" may be an interface, another run of this stage, or a published stage-1 file; of the last the words are left
// out, which mean other tokens.
Result<std::unique_ptr<TrainingTask>> makeImageTextTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                        std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
