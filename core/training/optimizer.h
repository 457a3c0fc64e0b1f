// AdamW with decoupled weight decay (Loshchilov & Hutter 2019), and the learning rate's course. Matrices decay, vectors
// do not.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "core/training/train_config.h"

namespace xllm::training {

// Linear from 0 over the warm-up, then a cosine down to finalLearningRate at the last step; `step` counts from 0.
double learningRateAt(std::int64_t step, const OptimizerConfig& config);

class AdamW {
 public:
  AdamW(torch::nn::Module& module, const OptimizerConfig& config);

  void clearGradients();
  // Scales all gradients down so that their joint norm is at most clipNorm (0: never); answers the norm before.
  double clipGradients();
  // One update with the gradients that are there; a parameter without one stays as it is.
  void step(double learningRate);

  // The gradients laid end to end, one number per parameter behind them: 1 where it had a gradient, whose place holds
  // zeros otherwise. For sums over ranks.
  at::Tensor flatGradients() const;
  // Takes such a sum back, times `factor`; a parameter that had a gradient nowhere stays without one.
  void setGradients(const at::Tensor& flat, double factor);

  std::int64_t steps() const { return m_steps; }
  // Parameters and both moments by name, for checkpoints; tensors share memory with the live ones.
  std::vector<std::pair<std::string, at::Tensor>> state() const;
  void setSteps(std::int64_t steps) { m_steps = steps; }

 private:
  struct Entry {
    std::string name;
    at::Tensor parameter, first, second;
  };
  void update(const std::vector<Entry*>& entries, double learningRate, double weightDecay);

  OptimizerConfig m_config;
  std::vector<Entry> m_entries;
  std::int64_t m_steps = 0;
};

}  // namespace xllm::training
