#include "app/cli/inspect_parts.h"

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/memory_use.h"

namespace xllm::cli {

namespace {

using nlohmann::json;

// What the named tensors take in the file.
json storedJson(const weights::Checkpoint& file, const std::vector<std::string>& names) {
  std::map<std::string, std::uint64_t> types;
  std::uint64_t bytes = 0;
  for (const std::string& name : names) {
    const weights::TensorInfo& tensor = *file.find(name);
    types[std::string(weights::toString(tensor.type))] += tensor.bytes;
    bytes += tensor.bytes;
  }
  return {{"file", file.path().string()},
          {"tensors", names.size()},
          {"parameters", importing::parameterCount(file, names)},
          {"bytes", bytes},
          {"types", types}};
}

json encoderJson(const importing::FoundImageEncoder& encoder) {
  const encoders::ImageEncoderShape& shape = encoder.plan.shape;
  json part = storedJson(*encoder.file, encoder.plan.tensors);
  part.update(
      {{"part", "image encoder"},
       {"type", encoder.plan.type},
       {"name", importing::encoderName(encoder.plan.type)},
       {"inputSide", shape.inputSide},
       {"cells", shape.cells},
       {"width", shape.width},
       {"memory",
        {{"16 bits", importing::encoderMemory(encoder, 16)}, {"32 bits", importing::encoderMemory(encoder, 32)}}}});
  return part;
}

json interfaceJson(const importing::FoundImageInterface& interface) {
  const x2l::ImageInterfaceConfig& config = interface.plan.config;
  json part = storedJson(*interface.file, interface.plan.tensors);
  part.update({{"part", "image interface"},
               {"name", "Q-Former"},
               {"queries", config.queries},
               {"layers", config.layers},
               {"width", config.hidden},
               {"featureWidth", config.featureWidth},
               {"llmWidth", config.llmWidth},
               {"textBranchTensors", interface.textBranch.size()},
               {"memory", {{"32 bits", 4 * part["parameters"].get<std::uint64_t>()}}}});
  return part;
}

std::string sizes(const json& part) {
  if (part["part"] == "image encoder") {
    return "pictures of " + part["inputSide"].dump() + " pixels become " + part["cells"].dump() + " cells, " +
           part["width"].dump() + " wide";
  }
  const auto projected = part["llmWidth"].get<std::int64_t>();
  return part["queries"].dump() + " queries, " + part["layers"].dump() + " layers of width " + part["width"].dump() +
         ", features " + part["featureWidth"].dump() + " wide, " +
         (projected > 0 ? "projected to " + std::to_string(projected) : std::string("without a projection")) +
         (part["textBranchTensors"] > 0 ? ", with a text branch" : "");
}

}  // namespace

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

const char* fitText(std::uint64_t bytes) {
  const auto free = static_cast<std::uint64_t>(availableMemoryBytes());
  return free == 0 || bytes < free ? "fits this machine now" : "more than is free on this machine now";
}

json imagePartsJson(const std::optional<importing::FoundImageEncoder>& encoder,
                    const std::optional<importing::FoundImageInterface>& interface) {
  json parts = json::array();
  if (encoder) parts.push_back(encoderJson(*encoder));
  if (interface) parts.push_back(interfaceJson(*interface));
  return parts;
}

void printImageParts(const json& parts) {
  for (const json& part : parts) {
    std::string types;
    for (const auto& [type, bytes] : part["types"].items())
      types += (types.empty() ? "" : ", ") + type + " " + megabytes(bytes.get<std::uint64_t>());
    std::printf("%s\n  file        %s\n  parameters  %.2f million in %s tensors (%s)\n  sizes       %s\n",
                part["name"].get<std::string>().c_str(), part["file"].get<std::string>().c_str(),
                part["parameters"].get<double>() / 1e6, part["tensors"].dump().c_str(), types.c_str(),
                sizes(part).c_str());
    for (const auto& [bits, bytes] : part["memory"].items()) {
      std::printf("  memory      %10s  %-9s %s\n", megabytes(bytes.get<std::uint64_t>()).c_str(), bits.c_str(),
                  fitText(bytes.get<std::uint64_t>()));
    }
  }
}

json speechEncoderJson(const importing::FoundSpeechEncoder& found) {
  return {{"name", found.name},
          {"type", found.kind.type},
          {"statistics", found.kind.statistics.string()},
          {"positions", found.kind.positions},
          {"file", found.weights.string()},
          {"blocks", found.sizes.blocks},
          {"width", found.sizes.width},
          {"bins", found.sizes.bins},
          {"decoder", found.sizes.decoder},
          {"missing", found.missing}};
}

void printSpeechEncoder(const importing::FoundSpeechEncoder& found) {
  std::printf("%s\n  file        %s\n", found.name.c_str(), found.weights.c_str());
  std::printf("  sizes       %lld blocks of width %lld on %lld bins%s\n", static_cast<long long>(found.sizes.blocks),
              static_cast<long long>(found.sizes.width), static_cast<long long>(found.sizes.bins),
              found.sizes.decoder ? ", with a decoder that writes by itself (xllm transcribe --whisper)" : "");
  std::printf("  in a pack   \"type\": \"%s\"", found.kind.type.c_str());
  if (!found.kind.statistics.empty()) std::printf(", \"statistics\": \"%s\"", found.kind.statistics.filename().c_str());
  if (!found.kind.positions.empty()) std::printf(", \"positions\": \"%s\"", found.kind.positions.c_str());
  std::printf("\n");
  if (!found.missing.empty()) std::printf("  missing     %s\n", found.missing.c_str());
}

}  // namespace xllm::cli
