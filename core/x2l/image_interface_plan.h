// What an ImageInterface would take out of a file, and how large it is, told from names and shapes: for importing and
// inspecting. No weight is read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/image_interface.h"

namespace xllm::x2l {

struct ImageInterfacePlan {
  ImageInterfaceConfig config;       // llmWidth 0: the file has no projection to a language model
  bool published = false;            // sizes come from the shapes, not from a config of our own
  std::vector<std::string> tensors;  // all that is read, scales of whole numbers too
};

// `file` under LAVIS' names (withLavisNames()). Its sizes are those of the config that our own files carry, else told
// from the shapes; `heads` 0: one for each 64 of the width, as every published one has. CorruptFile names a tensor that
// is missing or misshapen; Unsupported where the layers are no Q-Former's.
Result<ImageInterfacePlan> planImageInterface(const weights::Checkpoint& file, std::int64_t heads = 0);

}  // namespace xllm::x2l
