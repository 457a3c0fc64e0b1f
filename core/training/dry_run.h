// What a training run will take, told from two of its steps on a few of its examples: time, memory and disk. Writes
// nothing but a store of features beside the config's own, which is removed again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include <nlohmann/json.hpp>

#include "core/base/result.h"
#include "core/training/train_config.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"

namespace xllm::training {

struct Estimate {
  std::int64_t steps = 0;
  double prepareSeconds = 0;  // for features that the store lacks
  double secondsPerStep = 0;
  double validationSeconds = 0;  // of each of …
  std::int64_t validations = 0;
  std::int64_t examples = 0;         // of training and validation together
  std::int64_t memoryBytes = 0;      // at most; so much was taken
  std::int64_t featureBytes = 0;     // of the features that the store lacks
  std::int64_t checkpointBytes = 0;  // of all that are kept at a time, and the exported weights

  double seconds() const {
    return prepareSeconds + secondsPerStep * static_cast<double>(steps) +
           validationSeconds * static_cast<double>(validations);
  }
};
nlohmann::json toJson(const Estimate& estimate);

using TaskMaker = std::function<Result<std::unique_ptr<TrainingTask>>(const TrainConfig& config, std::stop_token stop,
                                                                      TrainObserver& observer)>;

// `make` makes the config's task. Takes about as long as starting the run. Cancelled after a stop. The same errors as
// starting the run.
Result<Estimate> dryRun(const TrainConfig& config, const TaskMaker& make, std::stop_token stop,
                        TrainObserver& observer);

}  // namespace xllm::training
