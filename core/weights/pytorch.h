// Reads what torch.save writes: the zip format (since 1.6) and the legacy one before it. Nested dictionaries and lists
// become names joined with "/"; numbers, texts and flags beside the tensors become metadata; Python objects are left
// out, and a file that is nothing but one is refused. Of TorchScript archives the parameters and buffers, named as in
// the state dict. Not: their code, tar files, big-endian files, compressed members.
#pragma once

#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Both throw FormatError.
std::shared_ptr<const Checkpoint> readPytorchZip(std::shared_ptr<const MappedFile> file);
std::shared_ptr<const Checkpoint> readPytorchLegacy(std::shared_ptr<const MappedFile> file);

}  // namespace xllm::weights
