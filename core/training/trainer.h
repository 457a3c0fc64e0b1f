// The training loop: loss, gradients, optimizer, checkpoints, and a word about each on the way.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/training/ranks.h"
#include "core/training/run_folder.h"
#include "core/training/train_config.h"
#include "core/training/training_task.h"

namespace xllm::training {

struct Progress {
  std::int64_t step = 0, steps = 0;  // done, of
  double loss = 0, learningRate = 0, gradientNorm = 0;
  double secondsPerStep = 0, secondsLeft = 0, examplesPerSecond = 0;
  std::int64_t memoryBytes = 0;         // the most that the process took so far
  std::map<std::string, double> parts;  // of the loss, or measures of a validation
  bool validation = false;
};

// Called on the training thread; returns at once.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void onPreparing(const std::string& what, std::int64_t done, std::int64_t total) = 0;  // reading, encoding
  virtual void onProgress(const Progress& progress) = 0;
  // A list of examples was read: how many it has, and how many of them are taken (TrainConfig::mostExamples).
  virtual void onList(std::int64_t /*all*/, std::int64_t /*taken*/) {}
  virtual void onNote(const std::string&) {}  // a sentence worth telling
};

// Leaves the first `most` of a list's examples (0: all), and tells `observer`.
template <typename Example>
void takeExamples(std::vector<Example>& examples, std::int64_t most, TrainObserver& observer) {
  const auto all = static_cast<std::int64_t>(examples.size());
  if (most > 0 && all > most) examples.erase(examples.begin() + most, examples.end());
  observer.onList(all, static_cast<std::int64_t>(examples.size()));
}

// Trains from where the run stands to the config's last step, or until validations no longer get better (earlyStop).
// Cancelled after a stop (between two optimizer steps, with a checkpoint). A loss that is no number or runs away ends
// the run with BadInput naming the last good checkpoint; DiskFull and a lost rank (DeviceLost) name it too.
//
// With several ranks every rank calls this with the same config: each takes its share of the micro-steps, gradients
// are averaged, rank 0 alone validates and writes. `run` is null on all ranks but 0.
Result<void> train(TrainingTask& task, const TrainConfig& config, const RunFolder* run, bool resume,
                   std::stop_token stop, TrainObserver& observer, Ranks& ranks);
// The same with one rank.
Result<void> train(TrainingTask& task, const TrainConfig& config, const RunFolder& run, bool resume,
                   std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
