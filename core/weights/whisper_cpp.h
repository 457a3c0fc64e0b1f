// Reads whisper.cpp's model files, ggml-*.bin, from before GGUF: Whisper alone. The header's numbers become metadata
// under OpenAI's names ("dims/n_audio_head"), the vocabulary "tokens" (pieces as bytes, in the order of their ids), the
// mel matrix the tensor "mel_filters" [bins, frequencies]; all other tensors have OpenAI's names and shapes.
#pragma once

#include <memory>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Throws FormatError.
std::shared_ptr<const Checkpoint> readWhisperCpp(std::shared_ptr<const MappedFile> file);

}  // namespace xllm::weights
