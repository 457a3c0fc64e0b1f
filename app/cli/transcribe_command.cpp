#include "app/cli/transcribe_command.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/enum_option.h"
#include "app/cli/exit_code.h"
#include "app/cli/one_line.h"
#include "core/base/this_process.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"
#include "core/model/precision_names.h"
#include "core/transcription/whisper_transcriber.h"

namespace xllm::cli {

namespace {

using generation::ChatBackend;
using nlohmann::json;

// One recording's line. Further keys of --json stand in `details`.
struct Written {
  std::string text;
  json details = json::object();
};
using Writer = std::function<Result<Written>(AudioClip, std::stop_token)>;

// Asked about a recording in which nobody speaks, a language model makes something up.
Result<std::string> askLlm(ChatBackend& backend, const generation::Sound& sound, std::stop_token stop) {
  const auto heard = backend.examine(sound, stop);
  if (!heard) return tl::unexpected(heard.error());
  if (heard->softTokens == 0) return std::string();
  generation::ChatRequest request;
  request.turns = {{Role::User, {sound, std::string("\nRepeat exactly what was said.")}}};
  request.options.sampling.temperature = 0;
  std::string text;
  const auto summary = backend.answer(request, std::move(stop), [&](const std::string& piece) { text += piece; });
  if (!summary) return tl::unexpected(summary.error());
  std::replace(text.begin(), text.end(), '\n', ' ');  // one line for each file
  return text;
}

Result<Writer> packWriter(const TranscribeArguments& arguments, const Interrupt& interrupt) {
  const auto folder = model::findPack(arguments.model, programFile());
  if (!folder) return tl::unexpected(folder.error());
  const std::shared_ptr<ChatBackend> backend =
      generation::makeModelBackend(generation::Loading::WhenNeeded, model::packedWeightsFolder());
  const auto pack = backend->load(*folder, interrupt.token(), [](double, const std::string&) {});
  if (!pack) return tl::unexpected(pack.error());
  return [backend, throughLlm = arguments.throughLlm](AudioClip clip, std::stop_token stop) {
    const auto sound = std::make_shared<const AudioClip>(std::move(clip));
    return (throughLlm ? askLlm(*backend, sound, std::move(stop)) : backend->transcribe(sound, std::move(stop)))
        .map([](std::string text) { return Written{.text = std::move(text)}; });
  };
}

Written written(transcription::Transcript transcript) {
  Written result{.text = std::move(transcript.text), .details = {{"language", transcript.language}}};
  json& windows = result.details["windows"] = json::array();
  for (const transcription::HeardWindow& window : transcript.windows) {
    windows.push_back({{"begin", window.begin},
                       {"end", window.end},
                       {"text", window.text},
                       {"tokens", window.heard.tokens},
                       {"meanLogProbability", window.heard.meanLogProbability},
                       {"noSpeech", window.heard.noSpeech}});
  }
  return result;
}

Result<Writer> whisperWriter(const TranscribeArguments& arguments) {
  transcription::WhisperSettings settings{.language = arguments.language, .precision = arguments.precision};
  if (arguments.translate) settings.task = encoders::WhisperTask::Translate;
  auto opened = transcription::WhisperTranscriber::open(arguments.whisper, settings);
  if (!opened) return tl::unexpected(opened.error());
  const auto whisper = std::make_shared<const transcription::WhisperTranscriber>(std::move(*opened));
  return [whisper](const AudioClip& clip, std::stop_token stop) {
    return whisper->transcribe(clip, std::move(stop)).map(written);
  };
}

void print(const std::string& file, const Written& line, bool asJson) {
  if (asJson) {
    json told = {{"file", file}, {"text", line.text}};
    told.update(line.details);
    std::printf("%s\n", oneLine(told).c_str());
  } else {
    std::printf("%s\n", line.text.c_str());
  }
  if (line.text.empty()) std::fprintf(stderr, "%s: %s\n", file.c_str(), generation::kNothingHeard);
  std::fflush(stdout);
}

}  // namespace

CLI::App* addTranscribeCommand(CLI::App& app, TranscribeArguments& arguments) {
  CLI::App* transcribe = app.add_subcommand("transcribe", "Write down what recordings say, one line of text per file");
  CLI::Option* model =
      transcribe->add_option("--model", arguments.model, "Folder or name of a model pack (default: starter)");
  CLI::Option* throughLlm = transcribe->add_flag("--through-llm", arguments.throughLlm,
                                                 "Let the language model write, instead of S2L itself");
  CLI::Option* whisper =
      transcribe->add_option("--whisper", arguments.whisper, "Let a published Whisper write: its file or folder")
          ->excludes(model)
          ->excludes(throughLlm);
  transcribe->add_option("--language", arguments.language, "What is spoken to Whisper, like en or zh (default: heard)")
      ->needs(whisper);
  transcribe->add_flag("--translate", arguments.translate, "Whisper writes English, whatever is spoken")
      ->needs(whisper);
  addEnumOption(*transcribe, "--precision", arguments.precision, model::kFloatPrecisionNames,
                "Of Whisper's arithmetic (default: bfloat16 where the processor multiplies it)")
      ->needs(whisper);
  transcribe->add_flag("--json", arguments.json, "One JSON object per line");
  transcribe->add_option("files", arguments.files, "Sound files")->required();
  return transcribe;
}

int runTranscribe(const TranscribeArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt) {
  if (decoder == nullptr) {
    return report({ErrorCode::Unsupported, "This build cannot open sound files: it was made without media decoding."});
  }
  const auto write = arguments.whisper.empty() ? packWriter(arguments, interrupt) : whisperWriter(arguments);
  if (!write) return report(write.error());

  int code = kDone;
  for (const std::string& file : arguments.files) {
    auto sound = decoder->decodeSound(file);
    const auto line = sound ? (*write)(std::move(*sound), interrupt.token()) : tl::unexpected(sound.error());
    if (!line) {
      const bool isNamed = line.error().message.find(file) != std::string::npos;
      code = report({line.error().code, (isNamed ? "" : file + ": ") + line.error().message});
      if (line.error().code == ErrorCode::Cancelled) return code;
      continue;
    }
    print(file, *line, arguments.json);
  }
  return code;
}

}  // namespace xllm::cli
