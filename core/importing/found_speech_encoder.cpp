#include "core/importing/found_speech_encoder.h"

#include <array>
#include <fstream>
#include <utility>

namespace xllm::importing {
namespace {

namespace fs = std::filesystem;
using Graph = encoders::SpeechWeights::Graph;

fs::path beside(const fs::path& weights, const char* name) {
  const fs::path file = weights.parent_path() / name;
  std::error_code ignored;
  return fs::exists(file, ignored) ? file : fs::path();
}

// The value of rel_pos_type in the toolkit's YAML, "legacy" or "latest"; empty where nothing says it.
std::string positionsIn(const fs::path& weights) {
  for (const char* name : {"config.yaml", "train.yaml"}) {
    std::ifstream config(weights.parent_path() / name);
    for (std::string line; std::getline(config, line);) {
      const auto key = line.find("rel_pos_type:");
      if (key == std::string::npos) continue;
      for (const char* positions : {"legacy", "latest"}) {
        if (line.find(positions, key) != std::string::npos) return positions;
      }
    }
  }
  return {};
}

// ESPnet keeps its spectrogram in the file, FunASR its statistics beside, WeNet in either place.
void tellConformer(FoundSpeechEncoder& found) {
  const auto has = [&](const char* name) { return found.checkpoint->find(found.sizes.root + name) != nullptr; };
  const fs::path mvn = beside(found.weights, "am.mvn"), cmvn = beside(found.weights, "global_cmvn");
  if (has("frontend.logmel.melmat")) {
    found.name = "Conformer of ESPnet";
    found.kind = {.type = "espnet-conformer", .positions = positionsIn(found.weights)};
  } else if (!mvn.empty()) {
    found.name = "Conformer of FunASR";
    found.kind = {.type = "funasr-conformer", .statistics = mvn, .positions = positionsIn(found.weights)};
  } else {
    found.name = "Conformer of WeNet";
    found.kind = {.type = "wenet-conformer"};
    if (has("encoder.global_cmvn.mean")) return;
    found.kind.statistics = cmvn;
    if (cmvn.empty()) {
      found.name = "Conformer";
      found.missing =
          "By what its features are normalised lies neither in its weights nor beside them: put WeNet's global_cmvn or "
          "FunASR's am.mvn there, which also tells the two apart.";
    }
  }
}

}  // namespace

std::optional<FoundSpeechEncoder> findSpeechEncoder(const fs::path& given) {
  std::error_code ignored;
  const Result<fs::path> file = fs::is_directory(given, ignored) ? encoders::speechWeightsIn(given) : given;
  if (!file) return std::nullopt;
  const auto checkpoint = weights::Checkpoint::open(*file);
  return checkpoint ? findSpeechEncoder(*checkpoint) : std::nullopt;
}

std::optional<FoundSpeechEncoder> findSpeechEncoder(const std::shared_ptr<const weights::Checkpoint>& checkpoint) {
  const auto sizes = encoders::speechWeightsOf(*checkpoint);
  if (!sizes) return std::nullopt;
  FoundSpeechEncoder found{.name = "Whisper",
                           .kind = {},
                           .weights = checkpoint->path(),
                           .checkpoint = checkpoint,
                           .sizes = *sizes,
                           .missing = {}};
  if (sizes->graph == Graph::Conformer) tellConformer(found);
  if (sizes->graph == Graph::Paraformer) {
    found.name = "Paraformer";
    found.kind = {.type = "paraformer", .statistics = beside(found.weights, "am.mvn")};
    if (found.kind.statistics.empty())
      found.missing =
          "By what its features are normalised is missing: put the am.mvn that was published with it beside it.";
  }
  return found;
}

}  // namespace xllm::importing
