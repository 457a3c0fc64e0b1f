// What a published folder or file holds, told from its contents: which language model, in which files, how its chats
// are written. Reads headers and configurations alone.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/llm/language_model.h"
#include "core/weights/checkpoint.h"

namespace xllm::importing {

struct FoundModel {
  std::string family;             // "ChatGLM-6B", "Qwen2", …
  std::filesystem::path weights;  // a file, or the index of several
  std::shared_ptr<const weights::Checkpoint> checkpoint;
  llm::DecoderConfig config;
  std::filesystem::path configFile, tokenizerFile;  // empty: inside a GGUF file
  std::string chatTemplate;                         // empty: its tokenizer fits none that is known
};

// Opens the weights of a folder as it was downloaded, an index of shards or a single file, which `given` then is.
// NotFound and BadInput say what is in the folder instead.
Result<std::shared_ptr<const weights::Checkpoint>> openWeights(std::filesystem::path& given);

// `given`: a folder as it was downloaded, an index of shards, or a single file. `tuned`: a folder or file with the
// columns that P-tuning v2 trained for it, as ChatGLM-6B's own trainer saves them, or empty. Checks that the weights
// are complete and have the shapes of their configuration. NotFound, CorruptFile and Unsupported name the file, the
// tensor, what was expected and what was found. What VisualGLM's file holds beside its language model is left out.
Result<FoundModel> findLanguageModel(const std::filesystem::path& given, const std::filesystem::path& tuned = {});

}  // namespace xllm::importing
