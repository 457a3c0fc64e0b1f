// `xllm evaluate`: measures a pack, or judges answers, as a config file says.
#pragma once

#include <filesystem>
#include <string>

#include "app/cli/interrupt.h"
#include "core/base/clip_decoder.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct EvaluateArguments {
  std::filesystem::path config;
  std::string model;  // instead of the config's
  bool json = false;
};

CLI::App* addEvaluateCommand(CLI::App& app, EvaluateArguments& arguments);

// `decoder` may be nullptr (built without media).
int runEvaluate(const EvaluateArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt);

}  // namespace xllm::cli
