// `xllm import`: published files become a pack, or parts for training.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/interrupt.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct ImportArguments {
  std::vector<std::filesystem::path> sources;
  std::string name, chatTemplate;
  std::string languageModel;    // a pack that lends its own; empty: the sources' own, or none
  std::filesystem::path into;   // folder of packs; empty: the user's
  std::filesystem::path tuned;  // with columns of P-tuning; or empty
  int bits = 0;                 // 8 or 4; 0: as stored
  bool json = false;
};

CLI::App* addImportCommand(CLI::App& app, ImportArguments& arguments);
int runImport(const ImportArguments& arguments, Interrupt& interrupt);

}  // namespace xllm::cli
