// Two checkpoints read as one: a model, and what was trained for it and published beside it.
#pragma once

#include <memory>
#include <string>

#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Tensors whose names begin with `prefix` are `second`'s, all others `first`'s, as are path, format and metadata.
std::shared_ptr<const Checkpoint> joined(std::shared_ptr<const Checkpoint> first,
                                         std::shared_ptr<const Checkpoint> second, std::string prefix);

}  // namespace xllm::weights
