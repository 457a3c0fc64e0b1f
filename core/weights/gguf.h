// Reads GGUF versions 2 and 3, one file. Not: split files, big-endian files, quantisations beyond those of StorageType.
#pragma once

#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Throws FormatError.
std::shared_ptr<const Checkpoint> readGguf(std::shared_ptr<const MappedFile> file);

}  // namespace xllm::weights
