// Where V2L starts from: another run of its own, or the image interface ("stage 1 of video is the image interface").
#pragma once

#include "core/base/result.h"
#include "core/training/train_config.h"
#include "core/x2l/image_interface.h"

namespace xllm::training {

// From a V2L: everything by name, as loadStartWeights() does. From an I2L, parameters by name as well, except that
// query_tokens are repeated until there are enough of them, time_embeddings and motion units are new, and where a layer
// is narrower here (a smaller intermediate, to save bytes) it takes the first of its units. BadInput when the two have
// other parts.
Result<void> loadClipStart(x2l::ImageInterface& interface, const TrainConfig& config);

}  // namespace xllm::training
