// `xllm check-data`: what is wrong with training data, before it is trained on (docs/training-data.md).
#pragma once

#include <string>

#include "app/cli/interrupt.h"
#include "core/base/media_probe.h"
#include "core/data/data_check.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct CheckDataArguments {
  std::string source, validation;  // `validation`: a list of its own; empty: a share
  data::DataKind kind{};
  double share = 0.1;
  std::string report, lists;  // a file and a folder to write; empty: none
  bool json = false;
};

CLI::App* addCheckDataCommand(CLI::App& app, CheckDataArguments& arguments);

// The exit code is 1 where an example cannot be used. `probe` may be nullptr: then files are only opened.
int runCheckData(const CheckDataArguments& arguments, const MediaProbe* probe, Interrupt& interrupt);

}  // namespace xllm::cli
