// Stage 3: the three interfaces together, answering mixed conversations through the frozen language model. Only their
// adapters and the queries of pictures and clips are trained (X-LLM's released code); the rest is frozen.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/training/trainer.h"
#include "core/training/training_task.h"
#include "core/x2l/image_interface.h"
#include "core/x2l/speech_interface.h"

namespace xllm::training {

// Those that the config has, as one module: "image.", "speech." and "video." stand in front of their parameters' names.
class Interfaces : public torch::nn::Module {
 public:
  // Each starts from its part's "init". What stage 3 does not train requires no gradients.
  static Result<std::shared_ptr<Interfaces>> make(const TrainConfig& config);
  void trainAdaptersAlone();

  std::shared_ptr<x2l::ImageInterface> image, video;  // null where there is none
  std::shared_ptr<x2l::SpeechInterface> speech;
};

// The tasks in turn, drawn at random by their weights: the same micro-step always gets the same task.
class TaskMix {
 public:
  TaskMix(std::vector<double> weights, std::uint64_t seed);  // weights > 0

  struct Turn {
    std::size_t task = 0;
    std::int64_t number = 0;  // how many micro-steps before this one had the same task
  };
  Turn at(std::int64_t microStep);

 private:
  std::vector<double> m_weights;
  double m_sum = 0;
  std::uint64_t m_seed;
  std::vector<std::int64_t> m_counts;
  std::vector<Turn> m_turns;
};

Result<std::unique_ptr<TrainingTask>> makeIntegrateTask(const TrainConfig& config, const ClipDecoder& decoder,
                                                        std::stop_token stop, TrainObserver& observer);

}  // namespace xllm::training
