// Reads CTranslate2's model.bin, binary version 6 (what CTranslate2 3 and 4 write). Variables of rank 0 (flags, head
// counts, scales) become metadata, as do "spec" (text) and "spec_revision"; all others are tensors, also under their
// alias.
#pragma once

#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Throws FormatError.
std::shared_ptr<const Checkpoint> readCtranslate2(std::shared_ptr<const MappedFile> file);

}  // namespace xllm::weights
