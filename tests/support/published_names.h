// The golden eyes (LAVIS' names) under the other names that they are published with.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "tests/support/golden.h"

namespace xllm::tests {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

NamedTensors weightsOf(const Golden& golden);
std::string replaced(std::string text, const std::string& part, const std::string& by);  // the first one

// Of a vision transformer with its `ln_vision`: `visual_encoder.…` becomes `vision_model.…`, `image_encoder.vit.…`.
NamedTensors huggingFaceTower(const NamedTensors& lavis);
NamedTensors visualGlmTower(const NamedTensors& lavis);
// Of a Q-Former: `Qformer.bert.…` becomes `qformer.…`, and the fused `image_encoder.qformer.…` of its query branch.
std::string huggingFaceFormerName(std::string lavis);
NamedTensors visualGlmFormer(const NamedTensors& lavis, int layers);

}  // namespace xllm::tests
