// `xllm bench`: how fast a pack, or any language model's file, runs on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/interrupt.h"
#include "core/encoders/precision.h"
#include "core/llm/kept_as.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct BenchArguments {
  std::string model;          // folder or name of a pack; empty: the starter
  std::string languageModel;  // a file alone, in place of a pack
  // Works to time; all empty: prefill 512, decode 128, and what the pack sees and hears.
  std::vector<std::int64_t> prefill, decode;  // tokens
  std::vector<double> speech;                 // seconds
  bool picture = false;
  std::optional<encoders::Precision> precision;  // of the speech encoder; none: as the pack is opened otherwise
  std::int64_t past = 0;                         // tokens in front of what is decoded
  llm::KeptAs kept = llm::kKeptUsually;
  int runs = 5;
  bool json = false;
};

CLI::App* addBenchCommand(CLI::App& app, BenchArguments& arguments);

// Each figure stands beside instruction set, threads, and the memory's speed read right before and after it.
int runBench(BenchArguments arguments, const Interrupt& interrupt);

}  // namespace xllm::cli
