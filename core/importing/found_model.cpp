#include "core/importing/found_model.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/folder_entries.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/tokenizer_file.h"
#include "core/weights/joined_checkpoint.h"
#include "core/weights/some_tensors.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array kWeightFiles{"model.safetensors.index.json", "pytorch_model.bin.index.json", "model.safetensors",
                                  "pytorch_model.bin"};
constexpr std::array kSingleFiles{".gguf", ".safetensors", ".pth", ".pt", ".bin"};
constexpr std::string_view kEyes = "image_encoder.";  // VisualGLM's, beside its language model

// A single file of a set ("…-00003-of-00008.bin"): the name of the set's index.
std::string indexOfShard(const std::string& name) {
  const auto of = name.find("-of-");
  if (of == std::string::npos || of < 6) return {};
  const std::string stem = name.substr(0, of - 6);
  return stem + fs::path(name).extension().string() + ".index.json";
}

Result<fs::path> weightsIn(const fs::path& folder) {
  std::error_code problem;
  for (const char* name : kWeightFiles) {
    if (fs::exists(folder / name, problem)) return folder / name;
  }
  std::vector<fs::path> single;  // files of any name
  std::string shard;
  for (const auto& entry : entriesIn(folder, problem)) {
    const fs::path& file = entry.path();
    const std::string name = file.filename().string(), kind = file.extension().string();
    if (!indexOfShard(name).empty()) {
      shard = name;
    } else if (std::ranges::find(kSingleFiles, kind) != kSingleFiles.end()) {
      single.push_back(file);
    }
  }
  if (problem)
    return fail(ErrorCode::NotFound, "The folder " + folder.string() + " cannot be read: " + problem.message() + ".");
  if (!shard.empty()) {
    return fail(ErrorCode::NotFound, "The folder " + folder.string() + " holds the part " + shard +
                                         " of a model, but not " + indexOfShard(shard) +
                                         ", which says where each tensor lies. Download that file, too.");
  }
  if (single.size() == 1) return single.front();
  if (single.size() > 1) {
    return fail(ErrorCode::BadInput, "The folder " + folder.string() + " holds " + std::to_string(single.size()) +
                                         " files of weights. Name those that are meant.");
  }
  return fail(ErrorCode::NotFound, "The folder " + folder.string() +
                                       " holds no model: neither an index of parts nor model.safetensors, " +
                                       "pytorch_model.bin or another file of weights is there.");
}

std::string familyOf(const json& config) {
  static const std::map<std::string, std::string> kNames{
      {"llama", "Llama"},         {"qwen2", "Qwen2"}, {"qwen3", "Qwen3"}, {"gemma3", "Gemma 3"},
      {"gemma3_text", "Gemma 3"}, {"glm", "GLM-4"},   {"glm4", "GLM-4"}};
  const auto type = config.value("model_type", std::string());
  if (const auto known = kNames.find(type); known != kNames.end()) return known->second;
  if (config.contains("inner_hidden_size")) return "ChatGLM-6B";
  const auto vocabulary = config.value("padded_vocab_size", std::int64_t{0});
  if (vocabulary > 100'000) return "GLM-4";
  // The two have one form of weights and one vocabulary.
  return config.dump().find("chatglm3") != std::string::npos ? "ChatGLM3-6B" : "ChatGLM2-6B";
}

// The published template, a Jinja program: in GGUF's keys, or in tokenizer_config.json. Empty: none is there.
std::string publishedTemplate(const FoundModel& found) {
  if (found.configFile.empty()) return found.checkpoint->text("tokenizer.chat_template").value_or("");
  std::ifstream file(found.configFile.parent_path() / "tokenizer_config.json");
  const auto config = json::parse(file, nullptr, false);
  const bool given = config.is_object() && config.contains("chat_template") && config["chat_template"].is_string();
  return given ? config["chat_template"].get<std::string>() : "";
}

// Templates worth trying, best first: that of the family, else those that tell themselves by their control tokens.
// Llama 2's has none of its own, so the published one must say it.
std::vector<std::string> templatesFor(const FoundModel& found) {
  static const std::map<std::string, std::string> kOwn{{"ChatGLM-6B", "chatglm"},   {"VisualGLM-6B", "visualglm"},
                                                       {"ChatGLM2-6B", "chatglm2"}, {"ChatGLM3-6B", "chatglm3"},
                                                       {"GLM-4", "glm4"},           {"Gemma 3", "gemma"},
                                                       {"Qwen3", "qwen3"}};
  if (const auto own = kOwn.find(found.family); own != kOwn.end()) return {own->second};
  if (publishedTemplate(found).find("<<SYS>>") != std::string::npos) return {"llama2"};
  return {"chatml", "llama3", "gemma"};
}

std::string templateFitting(const FoundModel& found) {
  for (const std::string& name : templatesFor(found)) {
    const auto tokenizer = tokenizer::tokenizerOf(*found.checkpoint, name);
    if (tokenizer && tokenizer::ChatTemplate::create(name, **tokenizer)) return name;
  }
  return {};
}

Result<void> readGguf(FoundModel& found) {
  auto config = llm::configFromGguf(*found.checkpoint);
  if (!config) return tl::unexpected(config.error());
  found.config = *std::move(config);
  found.family = familyOf({{"model_type", found.checkpoint->text("general.architecture").value_or("")},
                           {"padded_vocab_size", found.config.vocabulary}});
  return {};
}

Result<void> readFolder(FoundModel& found) {
  const fs::path folder = found.weights.parent_path();
  found.configFile = folder / "config.json";
  std::error_code ignored;
  if (!fs::exists(found.configFile, ignored)) {
    return fail(ErrorCode::NotFound,
                "Beside " + found.weights.string() +
                    " lies no config.json, which says what language model it is. Download that " +
                    "file, too. Its tensors are of no image encoder and no Q-Former that is known.");
  }
  auto config = llm::configFromJson(found.configFile);
  if (!config) return tl::unexpected(config.error());
  found.config = *std::move(config);
  std::ifstream file(found.configFile);
  found.family = familyOf(json::parse(file, nullptr, false));
  found.tokenizerFile = tokenizer::tokenizerFileIn(folder);
  return {};
}

constexpr const char* kTuned = "transformer.prefix_encoder.";

// Puts the tuned columns beside the model's own tensors. Their file may hold the whole model again; only they count.
Result<void> addTuned(FoundModel& found, fs::path tuned) {
  if (!found.config.prefixDecoder) {
    return fail(ErrorCode::Unsupported, "Columns of P-tuning fit ChatGLM-6B; " + found.weights.string() + " is " +
                                            found.family + ". Leave them out.");
  }
  auto file = openWeights(tuned);
  if (!file) return tl::unexpected(file.error());
  const weights::TensorInfo* columns = (*file)->find(kTuned + std::string("embedding.weight"));
  if (columns == nullptr || columns->shape.size() != 2) {
    return fail(ErrorCode::BadInput, "The file " + tuned.string() +
                                         " holds no columns of P-tuning, which are the matrix " + std::string(kTuned) +
                                         "embedding.weight. Give the checkpoint that its training saved.");
  }
  const bool projected = (*file)->find(kTuned + std::string("trans.0.weight")) != nullptr;
  found.config.prefixDecoder->tunedColumns = columns->shape.front();
  found.config.prefixDecoder->tunedWidth = projected ? found.config.hidden : 0;
  found.checkpoint = weights::joined(found.checkpoint, *std::move(file), kTuned);
  return {};
}

}  // namespace

Result<std::shared_ptr<const weights::Checkpoint>> openWeights(fs::path& given) {
  std::error_code ignored;
  if (fs::is_directory(given, ignored)) {
    auto inside = weightsIn(given);
    if (!inside) return tl::unexpected(inside.error());
    given = *std::move(inside);
  }
  return weights::Checkpoint::open(given);
}

Result<FoundModel> findLanguageModel(const fs::path& given, const fs::path& tuned) {
  FoundModel found{.family = {},
                   .weights = given,
                   .checkpoint = {},
                   .config = {},
                   .configFile = {},
                   .tokenizerFile = {},
                   .chatTemplate = {}};
  auto checkpoint = openWeights(found.weights);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  found.checkpoint = *std::move(checkpoint);
  const bool sees = std::ranges::any_of(found.checkpoint->tensors(),
                                        [](const auto& tensor) { return tensor.name.starts_with(kEyes); });
  if (sees) {
    found.checkpoint = weights::someTensors(std::move(found.checkpoint),
                                            [](std::string_view name) { return !name.starts_with(kEyes); });
  }
  const auto read = found.checkpoint->format() == "gguf" ? readGguf(found) : readFolder(found);
  if (!read) return tl::unexpected(read.error());
  if (sees && found.family == "ChatGLM-6B") found.family = "VisualGLM-6B";
  if (!tuned.empty()) {
    if (auto added = addTuned(found, tuned); !added) return tl::unexpected(added.error());
  }
  if (auto whole = llm::checkLanguageModel(*found.checkpoint, found.config); !whole)
    return tl::unexpected(whole.error());
  // A tokenizer that is missing or broken is said when it is needed, not here.
  found.chatTemplate = templateFitting(found);
  return found;
}

}  // namespace xllm::importing
