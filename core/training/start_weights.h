// Where training starts from: the weights of another run, or those the module was made with.
#pragma once

#include <memory>

#include <torch/nn/module.h>

#include "core/base/result.h"
#include "core/training/train_config.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/parameters.h"

namespace xllm::training {

// The file behind "init", which is not empty, and how its parameters are named in it.
struct StartFile {
  std::shared_ptr<const weights::Checkpoint> file;
  x2l::LoadOptions options;

  // A run of image-text: the interface is the part "image." of what it trained.
  bool holdsStage1() const { return file->find(options.prefix + "image.query_tokens") != nullptr; }
};
Result<StartFile> openStartFile(const TrainConfig& config);

// `more` says how names differ, and what else the file may hold, and lack, when it is not one of our own.
Result<void> loadStartWeights(torch::nn::Module& module, const TrainConfig& config, const x2l::LoadOptions& more = {});

}  // namespace xllm::training
