// `xllm import`: a published language model becomes a pack.
#pragma once

#include <filesystem>
#include <string>

#include "app/cli/interrupt.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct ImportArguments {
  std::filesystem::path source;
  std::string name, chatTemplate;
  std::filesystem::path into;   // folder of packs; empty: the user's
  std::filesystem::path tuned;  // with columns of P-tuning; or empty
  int bits = 0;                 // 8 or 4; 0: as stored
  bool json = false;
};

CLI::App* addImportCommand(CLI::App& app, ImportArguments& arguments);
int runImport(const ImportArguments& arguments, Interrupt& interrupt);

}  // namespace xllm::cli
