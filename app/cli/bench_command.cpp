#include "app/cli/bench_command.h"

#include <cstdio>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/cache_option.h"
#include "app/cli/enum_option.h"
#include "app/cli/exit_code.h"
#include "app/cli/number_check.h"
#include "app/cli/one_line.h"
#include "core/base/this_process.h"
#include "core/benchmark/memory_bandwidth.h"
#include "core/benchmark/model_speed.h"
#include "core/kernels/int8_linear.h"
#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"
#include "core/model/pack_locations.h"
#include "core/model/precision_names.h"

namespace xllm::cli {

namespace {

using benchmark::LanguageModelSpeed;
using benchmark::Times;

// One thing that is timed, and what its time is told as.
struct Work {
  std::string name;                 // "prefill"
  double size = 0;                  // tokens or seconds of speech; 0: one picture
  std::string sizeText;             // "512 tokens"
  std::uint64_t bytes = 0;          // of weights that it reads; 0: not what it waits for
  std::string_view cache = {};      // that was asked for, in place of the usual one
  std::string_view precision = {};  // that was asked for; empty: none was
  double error = 0;                 // of this precision, as a share of float32's frames
  std::function<Result<Times>(const benchmark::Repetition&)> time;
};

void printLine(const Work& work, const Times& times, double bandwidth, int threads, bool asJson) {
  const double median = times.median(), best = times.best();
  const std::string isa(toString(kernels::activeIsa()));
  if (asJson) {
    nlohmann::json line = {{"work", work.name},
                           {"seconds", median},
                           {"bestSeconds", best},
                           {"runs", times.seconds.size()},
                           {"isa", isa},
                           {"threads", threads},
                           {"bandwidthBytesPerSecond", bandwidth}};
    if (work.size > 0) line["size"] = work.size;
    if (work.name == "prefill" || work.name == "decode") line["tokensPerSecond"] = work.size / median;
    if (work.bytes > 0) line["bytesPerSecond"] = static_cast<double>(work.bytes) / median;
    if (!work.cache.empty()) line["cache"] = work.cache;
    if (!work.precision.empty()) line.update({{"precision", work.precision}, {"error", work.error}});
    std::printf("%s\n", oneLine(line).c_str());
  } else {
    std::printf("%-8s %-12s", work.name.c_str(), work.sizeText.c_str());
    if (work.name == "prefill" || work.name == "decode") {
      std::printf(" %9.1f tokens/s (best %.1f)", work.size / median, work.size / best);
    } else {
      std::printf(" %9.1f ms       (best %.1f)", median * 1e3, best * 1e3);
    }
    std::printf("  %s, %d threads, memory reads %.1f GB/s", isa.c_str(), threads, bandwidth / 1e9);
    if (work.bytes > 0 && bandwidth > 0) {
      const double rate = static_cast<double>(work.bytes) / median;
      std::printf(", of which %.0f %% are used", 100 * rate / bandwidth);
    }
    if (!work.cache.empty()) std::printf(", kept in %s", work.cache.data());
    if (!work.precision.empty()) std::printf(", %s: %.2g %% from float32", work.precision.data(), 100 * work.error);
    std::printf("\n");
  }
  std::fflush(stdout);
}

std::string tokens(std::int64_t count) { return std::to_string(count) + " tokens"; }

std::string seconds(double length) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g s", length);
  return text;
}

std::vector<Work> worksOf(const BenchArguments& arguments, const LanguageModelSpeed* speed,
                          const std::optional<model::Pack>& pack, double speechError) {
  std::vector<Work> works;
  const std::string_view cache =
      arguments.kept == llm::kKeptUsually ? std::string_view() : x2l::nameOf(arguments.kept, kCacheNames);
  const std::string_view precision =
      arguments.precision ? x2l::nameOf(*arguments.precision, model::kPrecisionNames) : std::string_view();
  for (const std::int64_t count : arguments.prefill) {
    works.push_back({.name = "prefill",
                     .size = static_cast<double>(count),
                     .sizeText = tokens(count),
                     .cache = cache,
                     .time = [=](const auto& how) { return speed->prefill(count, how); }});
  }
  for (const std::int64_t count : arguments.decode) {
    works.push_back({.name = "decode",
                     .size = static_cast<double>(count),
                     .sizeText = tokens(count),
                     .bytes = speed->bytesPerToken() * static_cast<std::uint64_t>(count),
                     .cache = cache,
                     .time = [=, past = arguments.past](const auto& how) { return speed->decode(count, past, how); }});
  }
  if (arguments.picture) {
    works.push_back({.name = "picture", .sizeText = "encoder", .time = [&pack](const auto& how) {
                       return benchmark::timeImageEncoder(*pack, how);
                     }});
  }
  for (const double length : arguments.speech) {
    works.push_back({.name = "speech",
                     .size = length,
                     .sizeText = seconds(length),
                     .precision = precision,
                     .error = speechError,
                     .time = [&pack, length, precision = arguments.precision](const auto& how) {
                       return benchmark::timeSpeechEncoder(*pack, length, how, precision);
                     }});
  }
  return works;
}

// Nothing was asked for by name: all that is there.
void chooseEverything(BenchArguments& arguments, const std::optional<model::Pack>& pack) {
  if (!arguments.prefill.empty() || !arguments.decode.empty() || !arguments.speech.empty() || arguments.picture) return;
  arguments.prefill = {512};
  arguments.decode = {128};
  arguments.picture = pack && pack->imageEncoder;
  if (pack && pack->speechEncoder) arguments.speech = {30};
}

}  // namespace

CLI::App* addBenchCommand(CLI::App& app, BenchArguments& arguments) {
  CLI::App* bench = app.add_subcommand("bench", "Measure how fast a pack runs on this machine");
  CLI::Option* model =
      bench->add_option("--model", arguments.model, "Folder or name of a model pack (default: starter)");
  CLI::Option* file =
      bench->add_option("--language-model", arguments.languageModel, "A language model's file alone, like model.gguf")
          ->excludes(model);
  const auto counts = [&](const char* name, std::vector<std::int64_t>& values, const char* help) {
    bench->add_option(name, values, help)->delimiter(',')->check(within(1));
  };
  counts("--prefill", arguments.prefill, "Tokens of a prompt (repeatable, or 128,512)");
  counts("--decode", arguments.decode, "Tokens of an answer (repeatable)");
  bench->add_option("--past", arguments.past, "Tokens in front of the answer that --decode times")->check(within(0));
  addCacheOption(*bench, arguments.kept);
  bench->add_flag("--picture", arguments.picture, "The pack's image encoder, one picture")->excludes(file);
  bench->add_option("--speech", arguments.speech, "Seconds of sound for the pack's speech encoder (repeatable)")
      ->delimiter(',')
      ->check(within(0.1, 3600.0))
      ->excludes(file);
  addEnumOption(*bench, "--precision", arguments.precision, model::kPrecisionNames,
                "Of the speech encoder: float32, bfloat16 or int8; tells how far it is from float32")
      ->excludes(file);
  bench->add_option("--runs", arguments.runs, "How often each is timed")->check(within(1, 1000))->capture_default_str();
  bench->add_flag("--json", arguments.json, "One JSON object per line");
  return bench;
}

int runBench(BenchArguments arguments, const Interrupt& interrupt) {
  std::optional<model::Pack> pack;
  std::filesystem::path file = arguments.languageModel;
  if (file.empty()) {
    const auto folder = model::findPack(arguments.model, programFile());
    if (!folder) return report(folder.error());
    auto read = model::readPack(*folder);
    if (!read) return report(read.error());
    pack = std::move(*read);
    file = pack->locate(pack->languageModel.file);
    if (!arguments.json) std::fprintf(stderr, "%s %s\n", pack->name.c_str(), pack->version.c_str());
  }
  chooseEverything(arguments, pack);

  std::optional<LanguageModelSpeed> speed;
  if (!arguments.prefill.empty() || !arguments.decode.empty()) {
    auto opened = LanguageModelSpeed::open(file, model::packedWeightsFolder(), arguments.kept);
    if (!opened) return report(opened.error());
    speed.emplace(std::move(*opened));
  }
  if (arguments.precision == encoders::Precision::Int8 && !kernels::int8IsFast()) {
    return report(Error{ErrorCode::Unsupported,
                        "This processor has no AVX2, so nothing is computed in int8 here. Leave --precision out."});
  }
  double speechError = 0;
  if (arguments.precision && !arguments.speech.empty()) {
    const auto error = benchmark::speechEncoderError(*pack, *arguments.precision);
    if (!error) return report(error.error());
    speechError = *error;
  }
  kernels::ThreadPool pool;
  const benchmark::Repetition how{.runs = arguments.runs, .stop = interrupt.token()};
  double read = benchmark::readBandwidth(pool);  // what is read behind one work stands in front of the next
  for (const Work& work : worksOf(arguments, speed ? &*speed : nullptr, pack, speechError)) {
    const auto times = work.time(how);
    if (!times) return report(times.error());
    const double before = std::exchange(read, benchmark::readBandwidth(pool));
    const double bandwidth = (before + read) / 2;
    const bool encoder = work.name == "picture" || work.name == "speech";
    printLine(work, *times, bandwidth, encoder ? at::get_num_threads() : pool.threads(), arguments.json);
  }
  return kDone;
}

}  // namespace xllm::cli
