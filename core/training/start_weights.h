// Where training starts from: the weights of another run, or those the module was made with.
#pragma once

#include <torch/nn/module.h>

#include "core/base/result.h"
#include "core/training/train_config.h"

namespace xllm::training {

Result<void> loadStartWeights(torch::nn::Module& module, const TrainConfig& config);

}  // namespace xllm::training
