#include "core/importing/found_image.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/importing/write_tensors.h"
#include "core/x2l/published_qformer.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using weights::Checkpoint;
using weights::TensorInfo;

bool hasAny(const Checkpoint& file, std::string_view begin) {
  return std::ranges::any_of(file.tensors(), [&](const TensorInfo& info) { return info.name.starts_with(begin); });
}

// How many heads a config.json beside the file gives the Q-Former; 0: it does not say.
Result<std::int64_t> formerHeads(const fs::path& configFile) {
  std::ifstream stream(configFile);
  if (!stream) return 0;
  const json root = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("qformer_config") || !root["qformer_config"].is_object()) return 0;
  const json& part = root["qformer_config"];
  const auto heads = part.find("num_attention_heads");
  if (heads == part.end()) return 0;
  if (!heads->is_number_integer() || *heads < 1 || *heads > 1024) {
    return fail(ErrorCode::CorruptFile, configFile.string() +
                                            " says \"num_attention_heads\": " + heads->dump().substr(0, 60) +
                                            " of the Q-Former, where a whole number from 1 to 1024 is needed.");
  }
  return heads->get<std::int64_t>();
}

// Language models that are published around a Q-Former, under the names withLavisNames() shows.
bool isOthers(std::string_view name) {
  return name.starts_with("visual_encoder.") || name.starts_with("opt_model.") || name.starts_with("t5_model.") ||
         name.starts_with("t5_proj.") || name.starts_with("ln_vision.");
}

Result<FoundImageInterface> findInterface(std::shared_ptr<const Checkpoint> shown) {
  const auto heads = formerHeads(shown->path().parent_path() / "config.json");
  if (!heads) return tl::unexpected(heads.error());
  auto plan = x2l::planImageInterface(*shown, *heads);
  if (!plan) return tl::unexpected(plan.error());
  if (plan->config.timePositions > 0) {
    return fail(ErrorCode::Unsupported, shown->path().string() +
                                            " is an interface for clips (timePositions), and only pictures' are " +
                                            "imported. packaging/starter/add_interface.py gives a run's to a pack.");
  }
  FoundImageInterface found{.plan = *std::move(plan), .file = std::move(shown), .textBranch = {}};
  for (const TensorInfo& info : found.file->tensors()) {
    if (!isOthers(info.name) && std::ranges::find(found.plan.tensors, info.name) == found.plan.tensors.end())
      found.textBranch.push_back(info.name);
  }
  return found;
}

// Whether the encoder norms its own last features.
bool norms(const encoders::ImageEncoderPlan& plan) {
  return std::ranges::any_of(plan.tensors, [](const std::string& name) {
    return name.find("ln_vision.") != std::string::npos || name.find("post_layernorm.") != std::string::npos;
  });
}

// VisualGLM's file without the names by which its eyes are told.
tl::unexpected<Error> torn(const Checkpoint& file, const FoundImageParts& found) {
  const std::string missing = found.encoder ? "image_encoder.qformer.transformer.layers.0.input_layernorm.weight"
                                            : "image_encoder.vit.transformer.position_embeddings.weight";
  return fail(ErrorCode::CorruptFile, "The eyes of VisualGLM in " + file.path().string() +
                                          " (image_encoder.…) are not complete: " + missing +
                                          " is expected and not there. Download it again.");
}

}  // namespace

Result<FoundImageParts> findImageParts(const std::shared_ptr<const Checkpoint>& file) {
  FoundImageParts found;
  if (!encoders::imageEncoderTypeOf(*file).empty()) {
    auto plan = encoders::planImageEncoder(file);
    if (!plan) return tl::unexpected(plan.error());
    found.encoder = FoundImageEncoder{.plan = *std::move(plan), .file = file};
  }
  const auto shown = x2l::withLavisNames(file);
  if (shown->find("query_tokens") != nullptr || hasAny(*shown, "Qformer.")) {
    auto interface = findInterface(shown);
    if (!interface) return tl::unexpected(interface.error());
    found.interface = *std::move(interface);
  }
  found.languageModel = file->find("transformer.word_embeddings.weight") != nullptr && hasAny(*file, "image_encoder.");
  if (found.languageModel)
    return found.encoder && found.interface ? Result<FoundImageParts>(std::move(found)) : torn(*file, found);
  if (!found.interface) return found;
  if (hasAny(*shown, "opt_model.") || hasAny(*shown, "t5_model.")) {
    found.leftOut = "its language model, which is of no family that this program computes";
  } else if (hasAny(*shown, "t5_proj.")) {
    found.leftOut = "its projection to T5";
  }
  return found;
}

Result<void> fitTogether(FoundImageEncoder& encoder, const FoundImageInterface& interface) {
  const std::int64_t needed = interface.plan.config.featureWidth, given = encoder.plan.shape.width;
  if (needed != given) {
    return fail(ErrorCode::BadInput, "The Q-Former in " + interface.file->path().string() + " needs features " +
                                         std::to_string(needed) + " wide, and those of the image encoder in " +
                                         encoder.file->path().string() + " are " + std::to_string(given) +
                                         ". Choose two that were trained together.");
  }
  if (encoder.plan.type != "eva-vit") return {};
  if (interface.plan.config.featureNorm) {
    encoders::VisionOptions bare;
    bare.finalNorm = false;
    auto plan = encoders::planImageEncoder(encoder.file, bare);
    if (!plan) return tl::unexpected(plan.error());
    encoder.plan = *std::move(plan);
  } else if (interface.plan.published && !norms(encoder.plan)) {
    return fail(ErrorCode::BadInput,
                "Neither " + encoder.file->path().string() + " nor " + interface.file->path().string() +
                    " holds ln_vision.weight, the norm between the two. Choose the file that the " +
                    "Q-Former was published in, which has it.");
  }
  return {};
}

std::string encoderName(const std::string& type) {
  static const std::map<std::string, std::string> kNames{{"eva-vit", "EVA vision transformer"},
                                                         {"clip", "CLIP vision transformer"},
                                                         {"siglip", "SigLIP vision transformer"},
                                                         {"efficientnet-lite", "EfficientNet-lite0"}};
  const auto known = kNames.find(type);
  return known == kNames.end() ? type : known->second;
}

std::int64_t parameterCount(const Checkpoint& file, const std::vector<std::string>& names) {
  std::int64_t count = 0;
  for (const std::string& name : names) count += numbersIn(*file.find(name));
  return count;
}

std::uint64_t encoderMemory(const FoundImageEncoder& encoder, int matrixBits) {
  std::uint64_t bytes = 0;
  for (const std::string& name : encoder.plan.tensors) {
    const TensorInfo& tensor = *encoder.file->find(name);
    const int bits = tensor.shape.size() == 2 ? matrixBits : 32;
    bytes += static_cast<std::uint64_t>(numbersIn(tensor) * bits / 8);
  }
  return bytes;
}

}  // namespace xllm::importing
