// `xllm train`: one stage of one interface, described by a JSON file (docs/training.md).
#pragma once

#include <string>
#include <vector>

#include "app/cli/interrupt.h"
#include "core/base/clip_decoder.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct TrainArguments {
  std::string config;
  bool resume = false;                 // go on from the newest checkpoint of the run's folder
  std::vector<std::string> overrides;  // --set key=value, as if it stood in the file
  long long fromStep = -1;             // resume there, and forget what came later; −1: at the newest checkpoint
  bool dryRun = false;                 // only say what the run will take
  bool json = false;                   // one JSON object per line on standard output instead of a progress bar
};

CLI::App* addTrainCommand(CLI::App& app, TrainArguments& arguments);

// Ctrl+C stops after the current optimizer step, with a checkpoint, and answers 130. `decoder` may be nullptr: then
// only stored features can be trained on.
int runTrain(const TrainArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt);

}  // namespace xllm::cli
