#include "core/importing/import_language_model.h"

#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/weights/block_formats.h"

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using weights::StorageType;
using weights::TensorInfo;

bool isWordsOrHead(const std::string& name) {
  return name.find("embed") != std::string::npos || name.starts_with("lm_head.") ||
         name.find("output_layer.") != std::string::npos;
}

// The type that a floating-point matrix is kept in.
StorageType keptAs(const TensorInfo& tensor, MatrixBits bits) {
  const bool matrix = tensor.shape.size() == 2 && tensor.name.ends_with(".weight") && tensor.shape[1] % 32 == 0 &&
                      tensor.name.find("prefix_encoder") == std::string::npos && !weights::isBlockFormat(tensor.type);
  if (!matrix || bits == MatrixBits::AsStored) return tensor.type;
  return bits == MatrixBits::Four && !isWordsOrHead(tensor.name) ? StorageType::Q4_1 : StorageType::Q8_0;
}

std::vector<PlannedTensor> planOf(const FoundModel& found, MatrixBits bits) {
  const int whole = found.config.matrixBits;
  std::vector<PlannedTensor> plan;
  for (const TensorInfo& tensor : found.checkpoint->tensors()) {
    if (tensor.name.ends_with(".inv_freq")) continue;
    if (whole > 0 && tensor.name.ends_with(".weight_scale")) continue;
    PlannedTensor planned{.from = tensor, .to = tensor};
    if (whole > 0 && tensor.type == StorageType::I8) {
      planned.bits = whole;
      planned.to.shape.back() = tensor.shape.back() * 8 / whole;
      planned.to.type = whole == 8 ? StorageType::Q8_0 : StorageType::Q4_0;
    } else {
      planned.to.type = keptAs(tensor, bits);
    }
    plan.push_back(std::move(planned));
  }
  return plan;
}

bool isGguf(const FoundModel& found) { return found.checkpoint->format() == "gguf"; }

Result<void> writeConfig(const FoundModel& found, const PackDraft& draft, const std::string& inside) {
  std::ifstream file(found.configFile);
  auto config = nlohmann::json::parse(file, nullptr, false);
  config.erase("quantization_bit");  // the blocks say it themselves
  if (const auto& own = found.config.prefixDecoder; own && own->tunedColumns > 0) {
    config["pre_seq_len"] = own->tunedColumns;
    config["prefix_projection"] = own->tunedWidth > 0;
  }
  return draft.write(config.dump(2) + '\n', inside);
}

}  // namespace

Result<LanguageModelFiles> writeLanguageModel(const FoundModel& found, MatrixBits bits, const PackDraft& draft,
                                              TensorWriter& writer) {
  LanguageModelFiles files;
  if (isGguf(found)) {
    if (bits != MatrixBits::AsStored) {
      return fail(ErrorCode::Unsupported, "The matrices of the GGUF file " + found.weights.string() +
                                              " are rounded already; it is imported as it is. Leave the bits out, or " +
                                              "import the model from its safetensors or PyTorch files.");
    }
    files.weights = "llm/" + found.weights.filename().string();
    if (auto done = draft.copy(found.weights, files.weights); !done) return tl::unexpected(done.error());
  } else {
    files.weights = "llm/model.safetensors";
    const auto plan = planOf(found, bits);
    if (auto done = writer.write(*found.checkpoint, plan, draft.place(files.weights), {{"family", found.family}});
        !done)
      return tl::unexpected(done.error());
    files.all.push_back("llm/config.json");
    if (auto done = writeConfig(found, draft, files.all.back()); !done) return tl::unexpected(done.error());
  }
  files.all.push_back(files.weights);
  if (!found.tokenizerFile.empty()) {
    files.tokenizer = "llm/" + found.tokenizerFile.filename().string();
    if (auto done = draft.copy(found.tokenizerFile, files.tokenizer); !done) return tl::unexpected(done.error());
    files.all.push_back(files.tokenizer);
  }
  const auto again = findLanguageModel(draft.folder() / files.weights);
  if (!again) return tl::unexpected(again.error());
  return files;
}

std::int64_t parameterCount(const FoundModel& found) {
  std::int64_t count = 0;
  for (const PlannedTensor& planned : planOf(found, MatrixBits::AsStored)) count += numbersIn(planned.to);
  return count;
}

std::uint64_t weightBytes(const FoundModel& found, MatrixBits bits) { return bytesOf(planOf(found, bits)); }

}  // namespace xllm::importing
