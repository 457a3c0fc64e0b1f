// A part of a checkpoint as a checkpoint of its own: some of its tensors, under their own names.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/weights/checkpoint.h"

namespace xllm::weights {

// The tensors whose names `belongs` accepts, in file order. Metadata, format and path are those of `file`.
std::shared_ptr<const Checkpoint> someTensors(std::shared_ptr<const Checkpoint> file,
                                              const std::function<bool(std::string_view)>& belongs);

}  // namespace xllm::weights
