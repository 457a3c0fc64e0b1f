// Reads one safetensors file. Layout: docs/file-formats.md.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Throws FormatError.
std::shared_ptr<const Checkpoint> readSafetensors(std::shared_ptr<const MappedFile> file);

}  // namespace xllm::weights
