#include "app/cli/inspect_command.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "app/cli/inspect_parts.h"
#include "app/cli/one_line.h"
#include "core/base/memory_use.h"
#include "core/base/this_process.h"
#include "core/importing/found_source.h"
#include "core/importing/import_language_model.h"
#include "core/model/pack.h"
#include "core/model/pack_library.h"
#include "core/model/pack_locations.h"
#include "core/weights/checkpoint.h"

namespace xllm::cli {

namespace {

using nlohmann::json;

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

json metadataJson(const weights::MetadataValue& value) {
  return std::visit(
      [](const auto& held) -> json {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::vector<std::string_view>>) {
          return "list of " + std::to_string(held.size()) + " texts";
        } else if constexpr (std::is_same_v<Held, std::vector<std::int64_t>> ||
                             std::is_same_v<Held, std::vector<double>>) {
          return held.size() <= 8 ? json(held) : json("list of " + std::to_string(held.size()) + " numbers");
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return held.size() <= 200 ? held : held.substr(0, 200) + "…";
        } else {
          return held;
        }
      },
      value);
}

// One checkpoint file, as the object that --json prints and the table is made from.
json describe(const weights::Checkpoint& checkpoint, bool withTensors) {
  std::map<std::string, std::pair<std::int64_t, std::uint64_t>> byType;  // tensors, bytes
  std::int64_t parameters = 0;
  std::uint64_t bytes = 0;
  json tensors = json::array();
  for (const weights::TensorInfo& tensor : checkpoint.tensors()) {
    const std::string type(weights::toString(tensor.type));
    byType[type].first += 1;
    byType[type].second += tensor.bytes;
    parameters += importing::numbersIn(tensor);
    bytes += tensor.bytes;
    if (withTensors)
      tensors.push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"type", type}, {"bytes", tensor.bytes}});
  }
  json types = json::object();
  for (const auto& [type, count] : byType) types[type] = {{"tensors", count.first}, {"bytes", count.second}};
  json metadata = json::object();
  for (const auto& [key, value] : checkpoint.metadata()) metadata[key] = metadataJson(value);
  return {{"file", checkpoint.path().string()},
          {"format", checkpoint.format()},
          {"parameters", parameters},
          {"bytes", bytes},
          {"types", types},
          {"metadata", metadata},
          {"tensors", tensors}};
}

void printCheckpoint(const json& described) {
  std::printf("%s\n  format      %s\n  parameters  %.2f million\n  weights     %s\n",
              described["file"].get<std::string>().c_str(), described["format"].get<std::string>().c_str(),
              described["parameters"].get<double>() / 1e6, megabytes(described["bytes"]).c_str());
  for (const auto& [type, count] : described["types"].items()) {
    std::printf("    %-6s %4lld tensors, %s\n", type.c_str(),
                static_cast<long long>(count["tensors"].get<std::int64_t>()), megabytes(count["bytes"]).c_str());
  }
  for (const auto& [key, value] : described["metadata"].items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : oneLine(value);
    std::printf("  %s = %s\n", key.c_str(), text.substr(0, text.find('\n')).c_str());
  }
  for (const json& tensor : described["tensors"]) {
    std::printf("  %-60s %-6s %s\n", tensor["name"].get<std::string>().c_str(),
                tensor["type"].get<std::string>().c_str(),
                shapeText(tensor["shape"].get<std::vector<std::int64_t>>()).c_str());
  }
}

void print(const json& described) { std::printf("%s\n", oneLine(described).c_str()); }

int inspectFile(const std::filesystem::path& file, const InspectArguments& arguments) {
  const auto checkpoint = weights::Checkpoint::open(file);
  if (!checkpoint) return report(checkpoint.error());
  json described = describe(**checkpoint, arguments.tensors);
  const auto eyes = importing::findImageParts(*checkpoint);
  if (eyes) described["parts"] = imagePartsJson(eyes->encoder, eyes->interface);
  const auto speech = importing::findSpeechEncoder(*checkpoint);
  if (speech) described["speechEncoder"] = speechEncoderJson(*speech);
  if (arguments.json) {
    print(described);
    return kDone;
  }
  if (speech) printSpeechEncoder(*speech);
  printCheckpoint(described);
  if (eyes) {
    printImageParts(described["parts"]);
  } else {
    std::printf("%s\n", eyes.error().message.c_str());
  }
  return kDone;
}

// Sizes and vocabularies, which stand beside a model's weights.
bool hasNoTensors(const std::filesystem::path& file) {
  const auto ending = file.extension();
  return ending == ".json" || ending == ".txt" || ending == ".model";
}

int inspectPack(const std::filesystem::path& folder, const InspectArguments& arguments) {
  const auto pack = model::readPack(folder);
  if (!pack) return report(pack.error());
  const std::uint64_t bytes = model::storedBytes(*pack);
  json files = json::array();
  for (const model::PackFile& file : pack->files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"licence", file.licence}, {"origin", file.origin}});
  }
  const std::uint64_t memory = model::memoryBytes(*pack);
  if (arguments.json) {
    const json described = {{"pack", pack->name},
                            {"version", pack->version},
                            {"folder", folder.string()},
                            {"bytes", bytes},
                            {"memory", memory},
                            {"availableMemory", availableMemoryBytes()},
                            {"seesPictures", pack->image.has_value()},
                            {"hearsSpeech", pack->speech.has_value()},
                            {"watchesClips", pack->video.has_value()},
                            {"detectsVoices", pack->voiceActivity.has_value()},
                            {"files", files}};
    print(described);
  } else {
    std::printf(
        "%s %s\n  folder   %s\n  pictures %s, speech %s, clips %s, voice detector %s\n  memory   about %s, %s\n",
        pack->name.c_str(), pack->version.c_str(), folder.c_str(), pack->image ? "yes" : "no",
        pack->speech ? "yes" : "no", pack->video ? "yes" : "no", pack->voiceActivity ? "yes" : "no",
        megabytes(memory).c_str(), fitText(memory));
    for (const model::PackFile& file : pack->files) {
      std::printf("  %10s  %-52s %-12s %s\n", megabytes(file.bytes).c_str(), file.path.c_str(), file.licence.c_str(),
                  file.origin.c_str());
    }
  }
  if (!arguments.tensors) return kDone;
  for (const model::PackFile& file : pack->files) {
    if (hasNoTensors(file.path)) continue;
    if (const int code = inspectFile(pack->locate(file.path), arguments); code != kDone) return code;
  }
  return kDone;
}

constexpr std::pair<const char*, importing::MatrixBits> kKept[] = {{"asStored", importing::MatrixBits::AsStored},
                                                                   {"8 bits", importing::MatrixBits::Eight},
                                                                   {"4 bits", importing::MatrixBits::Four}};

json languageModelJson(const importing::FoundModel& found) {
  const llm::DecoderConfig& config = found.config;
  json memory = json::object();
  for (const auto& [name, bits] : kKept) {
    if (found.checkpoint->format() == "gguf" && bits != importing::MatrixBits::AsStored) continue;
    memory[name] = importing::weightBytes(found, bits);
  }
  return {{"family", found.family},
          {"file", found.weights.string()},
          {"format", found.checkpoint->format()},
          {"parameters", importing::parameterCount(found)},
          {"layers", config.layers},
          {"width", config.hidden},
          {"heads", config.heads},
          {"vocabulary", config.vocabulary},
          {"contextLength", config.contextLength},
          {"chatTemplate", found.chatTemplate},
          {"tokenizer", found.tokenizerFile.filename().string()},
          {"memory", memory},
          {"availableMemory", availableMemoryBytes()}};
}

void printLanguageModel(const importing::FoundModel& found, const json& described) {
  const llm::DecoderConfig& config = found.config;
  std::printf("%s\n  file        %s (%s)\n  parameters  %.2f million\n", found.family.c_str(), found.weights.c_str(),
              std::string(found.checkpoint->format()).c_str(), described["parameters"].get<double>() / 1e6);
  std::printf("  sizes       %lld layers of width %lld, %lld heads, %lld tokens known, %lld read at once\n",
              static_cast<long long>(config.layers), static_cast<long long>(config.hidden),
              static_cast<long long>(config.heads), static_cast<long long>(config.vocabulary),
              static_cast<long long>(config.contextLength));
  std::printf("  chats       %s\n", found.chatTemplate.empty() ? "its tokenizer tells no template that is known"
                                                               : found.chatTemplate.c_str());
  for (const auto& [name, bytes] : described["memory"].items()) {
    std::printf("  memory      %10s  %-9s %s\n", megabytes(bytes.get<std::uint64_t>()).c_str(),
                name == "asStored" ? "as stored" : name.c_str(), fitText(bytes.get<std::uint64_t>()));
  }
}

// What was published, or imported for training: what it is, and what memory it would need.
int inspectFolder(const std::filesystem::path& folder, const InspectArguments& arguments) {
  if (const auto speech = importing::findSpeechEncoder(folder)) return inspectFile(speech->weights, arguments);
  const auto found = importing::findSources({folder});
  if (!found) return report(found.error());
  json described = found->languageModel ? languageModelJson(*found->languageModel) : json::object();
  described["parts"] = imagePartsJson(found->imageEncoder, found->imageInterface);
  if (arguments.json) {
    print(described);
  } else {
    if (found->languageModel) printLanguageModel(*found->languageModel, described);
    printImageParts(described["parts"]);
    for (const std::string& sentence : found->leftOut) std::printf("%s\n", sentence.c_str());
  }
  if (!arguments.tensors) return kDone;
  std::set<std::string> files;  // VisualGLM has all in one
  if (found->languageModel) files.insert(found->languageModel->weights.string());
  for (const json& part : described["parts"]) files.insert(part["file"].get<std::string>());
  for (const std::string& file : files) {
    if (const int code = inspectFile(file, arguments); code != kDone) return code;
  }
  return kDone;
}

}  // namespace

int runInspect(const InspectArguments& arguments) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(arguments.target, ignored)) return inspectFile(arguments.target, arguments);
  if (std::filesystem::is_directory(arguments.target, ignored) &&
      !std::filesystem::exists(std::filesystem::path(arguments.target) / "pack.json", ignored))
    return inspectFolder(arguments.target, arguments);
  const auto folder = model::findPack(arguments.target, programFile());
  return folder ? inspectPack(*folder, arguments) : report(folder.error());
}

}  // namespace xllm::cli
