#include "app/cli/train_command.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "app/cli/number_check.h"
#include "app/cli/one_line.h"
#include "core/base/this_process.h"
#include "core/data/format_text.h"
#include "core/data/plain_media.h"
#include "core/model/pack_locations.h"
#include "core/training/clip_task.h"
#include "core/training/dry_run.h"
#include "core/training/image_captions_task.h"
#include "core/training/image_task.h"
#include "core/training/image_text_task.h"
#include "core/training/integrate_task.h"
#include "core/training/speech_task.h"
#include "core/training/start_weights.h"
#include "core/training/train_config.h"
#include "core/training/trainer.h"

namespace xllm::cli {

namespace {

using Clock = std::chrono::steady_clock;
using training::Progress;

std::string shortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string partsOf(const std::map<std::string, double>& parts) {
  std::string text;
  for (const auto& [name, value] : parts) text += data::formatText("  {} {}", name, shortNumber(value));
  return text;
}

std::string leftOf(double seconds) {
  const auto whole = static_cast<long long>(seconds);
  return whole >= 3600
             ? data::formatText("{}:{}:{}", whole / 3600, data::padded(whole / 60 % 60, 2), data::padded(whole % 60, 2))
             : data::formatText("{}:{}", whole / 60, data::padded(whole % 60, 2));
}

// A bar that is drawn over itself on a terminal, a line now and then in a file.
class Bar final : public training::TrainObserver {
 public:
  void onPreparing(const std::string& what, std::int64_t done, std::int64_t total) override {
    if (!due(done == total)) return;
    print(data::formatText("preparing {}: {} of {}", what, done, total), done == total);
  }
  void onProgress(const Progress& progress) override {
    if (progress.validation) {
      print(data::formatText("step {}: validation{}", progress.step, partsOf(progress.parts)), true);
      return;
    }
    if (!due(progress.step == progress.steps)) return;
    const auto filled = static_cast<std::size_t>(20 * progress.step / progress.steps);
    print(data::formatText("[{}{}] {}/{}  loss {}{}  rate {}  {} examples/s  {} left", std::string(filled, '#'),
                           std::string(20 - filled, '.'), progress.step, progress.steps, shortNumber(progress.loss),
                           partsOf(progress.parts), shortNumber(progress.learningRate),
                           data::fixed(progress.examplesPerSecond, 1), leftOf(progress.secondsLeft)),
          progress.step == progress.steps);
  }
  void onNote(const std::string& sentence) override { print(sentence, true); }

 private:
  bool due(bool last) {
    const auto now = Clock::now();
    if (!last && now - m_shown < (m_terminal ? std::chrono::milliseconds(100) : std::chrono::seconds(10))) return false;
    m_shown = now;
    return true;
  }
  void print(const std::string& line, bool stays) {
    if (m_terminal) {
      std::fprintf(stderr, "\r\033[K%s%s", line.c_str(), stays ? "\n" : "");
    } else {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
    std::fflush(stderr);
  }

  const bool m_terminal = isTerminal(StandardStream::Errors);
  Clock::time_point m_shown{};
};

class JsonLines final : public training::TrainObserver {
 public:
  void onPreparing(const std::string& what, std::int64_t done, std::int64_t total) override {
    const auto now = Clock::now();
    if (done != total && now - m_shown < std::chrono::seconds(1)) return;
    m_shown = now;
    print({{"preparing", what}, {"done", done}, {"total", total}});
  }
  void onProgress(const Progress& progress) override {
    nlohmann::json line = {{"step", progress.step}, {"steps", progress.steps}};
    if (progress.validation) {
      line["validation"] = progress.parts;
    } else {
      line.update({{"loss", progress.loss},
                   {"learningRate", progress.learningRate},
                   {"secondsPerStep", progress.secondsPerStep},
                   {"secondsLeft", progress.secondsLeft},
                   {"examplesPerSecond", progress.examplesPerSecond},
                   {"memoryBytes", progress.memoryBytes},
                   {"parts", progress.parts}});
    }
    print(line);
  }
  void onNote(const std::string& sentence) override { print({{"note", sentence}}); }

  static void print(const nlohmann::json& line) {
    std::printf("%s\n", oneLine(line).c_str());
    std::fflush(stdout);
  }

 private:
  Clock::time_point m_shown{};
};

// Of the ranks that are not the first: one voice is enough.
class Quiet final : public training::TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress&) override {}
};

Result<std::unique_ptr<training::TrainingTask>> makeTask(const training::TrainConfig& config,
                                                         const ClipDecoder& decoder, std::stop_token stop,
                                                         training::TrainObserver& observer) {
  if (config.stage == training::Stage::SpeechRecognition || config.stage == training::Stage::SpeechLanguage)
    return training::makeSpeechTask(config, decoder, stop, observer);
  if (config.stage == training::Stage::VideoWords || config.stage == training::Stage::VideoLanguage)
    return training::makeClipTask(config, decoder, stop, observer);
  if (config.stage == training::Stage::Integrate) return training::makeIntegrateTask(config, decoder, stop, observer);
  if (config.stage == training::Stage::ImageText) return training::makeImageTextTask(config, decoder, stop, observer);
  if (config.stage == training::Stage::ImageCaptions)
    return training::makeImageCaptionsTask(config, decoder, stop, observer);
  return training::makeImageTask(config, decoder, stop, observer);
}

std::unique_ptr<training::TrainObserver> makeObserver(bool first, bool json) {
  if (!first) return std::make_unique<Quiet>();
  if (json) return std::make_unique<JsonLines>();
  return std::make_unique<Bar>();
}

std::string megabytes(std::int64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

int tryOut(const training::TrainConfig& config, bool json, const ClipDecoder& decoder, Interrupt& interrupt) {
  const auto observer = makeObserver(true, json);
  const auto make = [&](const training::TrainConfig& few, std::stop_token stop, training::TrainObserver& watching) {
    return makeTask(few, decoder, std::move(stop), watching);
  };
  const auto estimate = training::dryRun(config, make, interrupt.token(), *observer);
  if (!estimate) return report(estimate.error());
  if (json) {
    JsonLines::print({{"estimate", training::toJson(*estimate)}});
    return kDone;
  }
  std::printf(
      "time    %s: %s for features, %lld steps of %s s, %lld validations of %s s\nmemory  %s\ndisk    %s of features, "
      "%s of checkpoints\n",
      leftOf(estimate->seconds()).c_str(), leftOf(estimate->prepareSeconds).c_str(),
      static_cast<long long>(estimate->steps), shortNumber(estimate->secondsPerStep).c_str(),
      static_cast<long long>(estimate->validations), shortNumber(estimate->validationSeconds).c_str(),
      megabytes(estimate->memoryBytes).c_str(), megabytes(estimate->featureBytes).c_str(),
      megabytes(estimate->checkpointBytes).c_str());
  return kDone;
}

// The run, and where it leads; the sentence of an error is told by the caller.
Result<void> trainAs(const training::TrainConfig& config, bool resume, long long fromStep, const ClipDecoder& decoder,
                     Interrupt& interrupt, training::TrainObserver& observer, training::Ranks& ranks) {
  const bool first = ranks.rank() == 0;
  std::optional<training::RunFolder> run;
  if (first) {
    auto opened = training::RunFolder::open(config, resume, ranks.size());
    if (!opened) return tl::unexpected(opened.error());
    run = *std::move(opened);
    if (!resume && !config.init.empty()) {  // before the features, which may take long
      if (auto start = training::openStartFile(config); !start) return tl::unexpected(start.error());
    }
  }
  // Rank 0 fills the feature store; the others find it filled.
  if (!first) {
    if (auto prepared = ranks.meet(); !prepared) return prepared;
  }
  const auto task = makeTask(config, decoder, interrupt.token(), observer);
  if (!task) return tl::unexpected(task.error());
  if (first) {
    if (auto prepared = ranks.meet(); !prepared) return prepared;
    // Only now, when nothing but the training itself can go wrong, is anything of the run given up.
    if (fromStep >= 0) {
      if (auto back = run->goBackTo(fromStep); !back) return back;
    }
    if (resume) observer.onNote("Going on from " + run->newestCheckpoint()->string());
  }
  auto done = training::train(**task, config, run ? &*run : nullptr, resume, interrupt.token(), observer, ranks);
  if (done && run) std::fprintf(stderr, "Trained. The interface is in %s\n", run->exported().string().c_str());
  if (!done && done.error().code == ErrorCode::Cancelled && run && run->newestCheckpoint()) {
    std::fprintf(stderr, "\n%s The same command with --resume goes on.\n", done.error().message.c_str());
  }
  return done;
}

// How it ended, for programs: the last line of all.
void tellEnd(const Result<void>& outcome) {
  const bool stopped = !outcome && outcome.error().code == ErrorCode::Cancelled;
  nlohmann::json line = {{"ended", outcome ? "finished" : stopped ? "stopped" : "failed"}};
  if (!outcome)
    line.update({{"code", std::string(toString(outcome.error().code))}, {"message", outcome.error().message}});
  JsonLines::print(line);
}

// Of a file, or of one that comes with the program, whose paths then are relative to the folder one is in.
Result<training::TrainConfig> configOf(const TrainArguments& arguments) {
  std::error_code ignored;
  const std::filesystem::path file = arguments.config;
  if (file.has_parent_path() || std::filesystem::exists(file, ignored))
    return training::readTrainConfig(file, arguments.overrides);
  const auto preset = model::findPreset(arguments.config, programFile());
  if (!preset) return tl::unexpected(preset.error());
  return training::readTrainConfig(*preset, arguments.overrides, std::filesystem::current_path());
}

}  // namespace

CLI::App* addTrainCommand(CLI::App& app, TrainArguments& arguments) {
  CLI::App* train = app.add_subcommand("train", "Train one stage of one interface");
  train
      ->add_option(
          "config", arguments.config,
          "A JSON file (docs/training.md), or the name of one that comes with the program: own-pictures-stage1")
      ->required();
  train->add_flag("--resume", arguments.resume, "Go on from the newest checkpoint");
  train->add_option("--from-step", arguments.fromStep, "Go back to the checkpoint of this step and on from there")
      ->check(within(0));
  train->add_flag("--dry-run", arguments.dryRun, "Only say what time, memory and disk the run will take");
  train->add_option("--set", arguments.overrides, "key=value, as if it stood in the file; may be repeated")
      ->allow_extra_args(false);
  train->add_flag("--json", arguments.json, "One JSON object per line on standard output instead of a progress bar");
  return train;
}

int runTrain(const TrainArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt) {
  const auto config = configOf(arguments);
  auto ranks = training::Ranks::fromEnvironment();
  const bool first = !ranks || ranks->rank() == 0;
  const bool tells = arguments.json && first && !arguments.dryRun;
  Result<void> outcome = !config  ? Result<void>(tl::unexpected(config.error()))
                         : !ranks ? Result<void>(tl::unexpected(ranks.error()))
                                  : Result<void>();
  if (outcome) {
    const data::PlainMedia media(decoder);
    if (arguments.dryRun) return tryOut(*config, arguments.json, media, interrupt);
    const auto observer = makeObserver(first, arguments.json);
    const bool resume = arguments.resume || arguments.fromStep >= 0;
    outcome = trainAs(*config, resume, arguments.fromStep, media, interrupt, *observer, *ranks);
  }
  if (tells) tellEnd(outcome);
  return outcome ? static_cast<int>(kDone) : report(outcome.error());
}

}  // namespace xllm::cli
