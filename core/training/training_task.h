// One thing that can be trained: a module, how its loss is made, how it is judged. The loop knows no more than this.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

namespace xllm::training {

struct StepLoss {
  at::Tensor total;                     // scalar with gradients
  std::map<std::string, double> parts;  // for people: "crossEntropy", "ctc", …
};

struct Judgement {
  std::map<std::string, double> measures;
  std::string samples;  // unselected examples as text
};

// Everything outside module() is frozen: it takes no part in the optimizer and gets no gradients. The same micro-step
// always gives the same examples and the same random choices, so a run can go on from its step number alone.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;
  virtual torch::nn::Module& module() = 0;
  virtual torch::nn::Module& exported() { return module(); }  // the part of it that a pack gets
  virtual StepLoss loss(std::int64_t microStep) = 0;
  virtual Judgement validate() = 0;
};

}  // namespace xllm::training
