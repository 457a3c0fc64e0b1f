// What an image encoder would take out of a file, told without reading a weight: for importing and inspecting.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/encoders/image_encoder.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

struct ImageEncoderPlan {
  std::string type;  // as openImageEncoder() has it
  ImageEncoderShape shape;
  std::vector<std::string> tensors;    // the names of all that is read, each once
  std::filesystem::path visionConfig;  // the config.json that was heard; empty: there is none that speaks of it
};

// openImageEncoder() rehearsed by the same loaders on shapes alone: the same failures for what is missing or misshapen.
// Unsupported where the names are of no image encoder.
Result<ImageEncoderPlan> planImageEncoder(const std::shared_ptr<const weights::Checkpoint>& file,
                                          const VisionOptions& options = {});

}  // namespace xllm::encoders
