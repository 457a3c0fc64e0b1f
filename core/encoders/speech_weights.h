// Which published speech encoder a file holds, and which file of a folder to look into: by names alone, nothing is
// loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

// The weights in a folder as Hugging Face, CTranslate2, FunASR or WeNet publish it, else its only .pt, .pth or
// ggml-*.bin. NotFound; BadInput when there are several.
Result<std::filesystem::path> speechWeightsIn(const std::filesystem::path& folder);

struct SpeechWeights {
  enum class Graph { Whisper = 1, Conformer, Paraformer };
  Graph graph;
  std::string root;  // in front of the encoder's own names
  std::int64_t width = 0, blocks = 0, bins = 0;
  bool decoder = false;  // Whisper: it can write by itself
};
// Empty: none that is known. Sizes are what the names and shapes say; whether they fit is the loaders' business.
std::optional<SpeechWeights> speechWeightsOf(const weights::Checkpoint& checkpoint);

}  // namespace xllm::encoders
