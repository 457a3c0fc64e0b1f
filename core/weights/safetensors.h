// Reads safetensors: one file, or an index.json that names shards beside it. Layout: docs/file-formats.md.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Both throw FormatError.
std::shared_ptr<const Checkpoint> readSafetensors(std::shared_ptr<const MappedFile> file);
std::shared_ptr<const Checkpoint> readSafetensorsIndex(std::shared_ptr<const MappedFile> file);

}  // namespace xllm::weights
