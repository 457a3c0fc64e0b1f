// Reads an index (model.safetensors.index.json, pytorch_model.bin.index.json): which tensor lies in which of the files
// beside it. The files are of any format with a reader of its own; together they are one checkpoint.
#pragma once

#include <functional>
#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

using ShardReader = std::function<std::shared_ptr<const Checkpoint>(std::shared_ptr<const MappedFile>)>;

// `read` reads one shard. Throws FormatError.
std::shared_ptr<const Checkpoint> readShardIndex(const std::shared_ptr<const MappedFile>& file,
                                                 const ShardReader& read);

}  // namespace xllm::weights
