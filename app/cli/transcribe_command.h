// `xllm transcribe`: recordings to text, one line each.
#pragma once

#include <string>
#include <vector>

#include "app/cli/interrupt.h"
#include "core/base/clip_decoder.h"

namespace xllm::cli {

struct TranscribeArguments {
  std::string model;
  std::vector<std::string> files;
  bool throughLlm = false;  // ask the language model to write down what it hears, instead of reading S2L's own scores
  bool json = false;
};

// A file that cannot be read is reported and the others go on; the exit code is then that of the last failure.
int runTranscribe(const TranscribeArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt);

}  // namespace xllm::cli
