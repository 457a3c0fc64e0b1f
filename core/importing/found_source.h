// Everything of use in what was given to import: a language model, an image encoder, an image interface.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/importing/found_image.h"
#include "core/importing/found_model.h"

namespace xllm::importing {

// Where import puts what it finds, in packs and in folders of parts.
inline constexpr const char* kImageEncoderFile = "image-encoder/model.safetensors";
inline constexpr const char* kImageInterfaceFile = "interfaces/image/qformer.safetensors";

struct FoundSource {
  std::optional<FoundModel> languageModel;
  std::optional<FoundImageEncoder> imageEncoder;
  std::optional<FoundImageInterface> imageInterface;
  std::vector<std::string> leftOut;  // sentences: what in the files is of no use here
};

// `given`: folders as they were downloaded, folders of parts that import made, indexes of shards, or single files, in
// any order. `tuned`: columns of P-tuning for their language model (findLanguageModel()), or empty. BadInput when two
// hold the same part.
Result<FoundSource> findSources(const std::vector<std::filesystem::path>& given,
                                const std::filesystem::path& tuned = {});

}  // namespace xllm::importing
