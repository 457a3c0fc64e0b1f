#include "core/encoders/image_encoder.h"

#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace xllm::encoders {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, Activation>, 4> kActivations{
    {{"gelu", Activation::Gelu},
     {"gelu_pytorch_tanh", Activation::GeluTanh},
     {"gelu_new", Activation::GeluTanh},
     {"quick_gelu", Activation::QuickGelu}}};

// The part of a config.json that describes a vision transformer, or nullptr. VisualGLM calls it its own way.
const json* visionPart(const json& root) {
  if (!root.is_object()) return nullptr;
  for (const char* name : {"vision_config", "eva_config"}) {
    if (const auto part = root.find(name); part != root.end()) return part->is_object() ? &*part : nullptr;
  }
  const auto type = root.find("model_type");
  const bool vision = type != root.end() && type->is_string() && type->get<std::string>().ends_with("_vision_model");
  return vision ? &root : nullptr;
}

tl::unexpected<Error> wrongField(const std::filesystem::path& file, const std::string& key, const json& value,
                                 const std::string& expected) {
  return fail(ErrorCode::CorruptFile, file.string() + " says \"" + key + "\": " + value.dump().substr(0, 60) +
                                          " of the vision model, where " + expected + " is needed.");
}

}  // namespace

Result<VisionOptions> withVisionConfig(VisionOptions options, const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) return options;
  const json root = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return fail(ErrorCode::CorruptFile, file.string() + " is not valid JSON.");
  const json* part = visionPart(root);
  if (part == nullptr) return options;
  for (const auto& [key, target, most] : {std::tuple("num_attention_heads", &options.heads, std::int64_t{1024}),
                                          std::tuple("image_size", &options.inputSide, std::int64_t{8192})}) {
    auto value = part->find(key);
    if (value == part->end()) continue;
    const bool square = value->is_array() && value->size() == 2 && (*value)[0] == (*value)[1];
    if (square) value = value->begin();  // [224, 224]
    if (!value->is_number_integer() || *value < 1 || *value > most)
      return wrongField(file, key, *value, "a whole number from 1 to " + std::to_string(most));
    if (*target == 0) *target = value->get<std::int64_t>();
  }
  for (const char* key : {"layer_norm_eps", "layernorm_epsilon"}) {
    const auto value = part->find(key);
    if (value == part->end()) continue;
    if (!value->is_number() || *value <= 0 || *value >= 1)
      return wrongField(file, key, *value, "a number between 0 and 1");
    if (!options.normEpsilon) options.normEpsilon = value->get<double>();
  }
  if (const auto value = part->find("hidden_act"); value != part->end()) {
    std::optional<Activation> known;
    for (const auto& [name, activation] : kActivations) {
      if (*value == name) known = activation;
    }
    if (!known) return wrongField(file, "hidden_act", *value, "gelu, gelu_pytorch_tanh, gelu_new or quick_gelu");
    if (!options.activation) options.activation = known;
  }
  return options;
}

Result<std::unique_ptr<ImageEncoder>> openImageEncoder(const std::string& type, const std::filesystem::path& file,
                                                       const VisionOptions& options) {
  const auto checkpoint = weights::Checkpoint::open(file);
  return checkpoint ? loadImageEncoder(type, **checkpoint, options) : tl::unexpected(checkpoint.error());
}

Result<std::unique_ptr<ImageEncoder>> loadImageEncoder(const std::string& type, const weights::Checkpoint& checkpoint,
                                                       const VisionOptions& options) {
  const std::filesystem::path& file = checkpoint.path();
  const std::string chosen = type.empty() ? std::string(imageEncoderTypeOf(checkpoint)) : type;
  if (chosen == "efficientnet-lite") return loadEfficientNetLite(checkpoint);
  using Load = Result<std::unique_ptr<ImageEncoder>> (*)(const weights::Checkpoint&, const VisionOptions&);
  for (const auto& [name, load] : {std::pair<std::string_view, Load>("eva-vit", loadEvaVit),
                                   {"clip", loadClipVision},
                                   {"siglip", loadSiglipVision}}) {
    if (chosen != name) continue;
    const auto full = withVisionConfig(options, file.parent_path() / "config.json");
    return full ? load(checkpoint, *full) : tl::unexpected(full.error());
  }
  if (chosen.empty()) {
    return fail(ErrorCode::Unsupported,
                "The file " + file.string() +
                    " holds no image encoder that is known (EfficientNet-lite0, EVA ViT, CLIP, SigLIP).");
  }
  return fail(ErrorCode::Unsupported,
              "\"" + chosen +
                  "\" is no type of image encoder that this version knows (efficientnet-lite, eva-vit, clip, siglip).");
}

}  // namespace xllm::encoders
