// `xllm transcribe`: recordings to text, one line each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/interrupt.h"
#include "core/base/clip_decoder.h"
#include "core/encoders/precision.h"

namespace CLI {
class App;
}

namespace xllm::cli {

struct TranscribeArguments {
  std::string model;
  std::vector<std::string> files;
  bool throughLlm = false;  // ask the language model to write down what it hears, instead of reading S2L's own scores
  std::string whisper;      // a published Whisper whose own decoder writes instead of the pack; empty: the pack
  std::string language;     // of that Whisper; empty: heard
  std::optional<encoders::Precision> precision;  // of that Whisper; none: fastestPrecision()
  bool translate = false;                        // it writes English whatever is spoken
  bool json = false;
};

CLI::App* addTranscribeCommand(CLI::App& app, TranscribeArguments& arguments);

// A file that cannot be read is reported and the others go on; the exit code is then that of the last failure.
int runTranscribe(const TranscribeArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt);

}  // namespace xllm::cli
