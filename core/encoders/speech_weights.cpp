#include "core/encoders/speech_weights.h"

#include <array>
#include <vector>

#include "core/base/folder_entries.h"
#include "core/encoders/conformer_loader.h"
#include "core/encoders/kaldi_fbank.h"
#include "core/encoders/paraformer.h"
#include "core/encoders/whisper_names.h"

namespace xllm::encoders {
namespace {

namespace fs = std::filesystem;

constexpr std::array kWeightFiles = {"model.bin",
                                     "model.safetensors",
                                     "model.safetensors.index.json",
                                     "pytorch_model.bin",
                                     "pytorch_model.bin.index.json",
                                     "model.pt",
                                     "final.pt"};

bool couldBeWeights(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".pt" || extension == ".pth" ||
         (extension == ".bin" && file.filename().string().starts_with("ggml-"));
}

std::int64_t sizeOf(const weights::Checkpoint& checkpoint, const std::string& name, std::size_t dimension) {
  const weights::TensorInfo* tensor = checkpoint.find(name);
  return tensor != nullptr && dimension < tensor->shape.size() ? tensor->shape[dimension] : 0;
}

// How many of PREFIX0SUFFIX, PREFIX1SUFFIX, … there are.
std::int64_t countOf(const weights::Checkpoint& checkpoint, const std::string& prefix, const std::string& suffix) {
  std::int64_t count = 0;
  while (checkpoint.find(prefix + std::to_string(count) + suffix) != nullptr) ++count;
  return count;
}

}  // namespace

Result<fs::path> speechWeightsIn(const fs::path& folder) {
  std::error_code problem;
  for (const char* name : kWeightFiles) {
    if (fs::exists(folder / name, problem)) return folder / name;
  }
  std::vector<fs::path> others;
  for (const auto& entry : entriesIn(folder, problem)) {
    if (couldBeWeights(entry.path())) others.push_back(entry.path());
  }
  if (problem)
    return fail(ErrorCode::NotFound, "The folder " + folder.string() + " cannot be read: " + problem.message() + ".");
  if (others.size() == 1) return others.front();
  if (others.size() > 1) {
    return fail(ErrorCode::BadInput, "The folder " + folder.string() + " holds " + std::to_string(others.size()) +
                                         " models. Name the file of the one to use.");
  }
  return fail(ErrorCode::NotFound, "The folder " + folder.string() +
                                       " holds no speech model: neither model.bin, model.safetensors, "
                                       "pytorch_model.bin nor a .pt, .pth or ggml-*.bin file is there.");
}

std::optional<SpeechWeights> speechWeightsOf(const weights::Checkpoint& checkpoint) {
  using Graph = SpeechWeights::Graph;
  if (const WhisperNames* names = whisperEncoderNames(checkpoint)) {
    const std::string root = names->prefix, dot = names->separator;
    return SpeechWeights{
        .graph = Graph::Whisper,
        .root = root,
        .width = sizeOf(checkpoint, root + names->positions, 1),
        .blocks = countOf(checkpoint, root + names->block, dot + names->attentionNorm + dot + names->scale),
        .bins = sizeOf(checkpoint, root + "conv1" + dot + "weight", 1),
        .decoder = whisperDecoderNames(checkpoint) != nullptr};
  }
  if (const auto root = conformerRoot(checkpoint)) {
    const std::string encoder = *root + "encoder.";
    return SpeechWeights{.graph = Graph::Conformer,
                         .root = *root,
                         .width = sizeOf(checkpoint, encoder + "embed.out.0.weight", 0),
                         .blocks = countOf(checkpoint, encoder + "encoders.", ".norm_mha.weight"),
                         .bins = kFbankBins};
  }
  if (const auto root = paraformerRoot(checkpoint)) {
    return SpeechWeights{.graph = Graph::Paraformer,
                         .root = *root,
                         .width = sizeOf(checkpoint, *root + "after_norm.weight", 0),
                         .blocks = 1 + countOf(checkpoint, *root + "encoders.", ".norm1.weight"),
                         .bins = kFbankBins};
  }
  return std::nullopt;
}

}  // namespace xllm::encoders
