#include "app/cli/evaluate_command.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/exit_code.h"
#include "app/cli/one_line.h"
#include "core/base/this_process.h"
#include "core/base/whole_file.h"
#include "core/data/format_text.h"
#include "core/data/plain_media.h"
#include "core/evaluation/evaluation_config.h"
#include "core/evaluation/evaluator.h"
#include "core/generation/model_backend.h"
#include "core/model/pack_locations.h"

namespace xllm::cli {

namespace {

using data::fixed;
using data::formatText;
using evaluation::TaskConfig;
using evaluation::TaskKind;
using nlohmann::json;

// Where items go: the file of items as they are done, standard output with --json, else a line of progress.
class Writer final : public evaluation::Observer {
 public:
  Writer(const std::filesystem::path& items, bool asJson) : m_asJson(asJson) {
    if (items.empty()) return;
    std::error_code ignored;
    std::filesystem::create_directories(items.parent_path(), ignored);
    m_items.emplace(items);
  }
  bool works() const { return !m_items || *m_items; }

  void onItem(const TaskConfig& task, std::int64_t done, std::int64_t total, const json& item) override {
    const std::string line = oneLine(item);
    if (m_items) *m_items << line << '\n' << std::flush;
    if (m_asJson) {
      std::printf("%s\n", line.c_str());
      std::fflush(stdout);
    }
    if (item.contains("error")) {
      std::fprintf(stderr, "%s%s, item %lld: %s\n", m_terminal ? "\r\033[K" : "", task.name.c_str(),
                   static_cast<long long>(done), item["error"].get<std::string>().c_str());
    }
    const auto now = std::chrono::steady_clock::now();
    if (!m_terminal || m_asJson || (done < total && now - m_shown < std::chrono::milliseconds(100))) return;
    m_shown = now;
    std::fprintf(stderr, "\r\033[K%s: %lld of %lld%s", task.name.c_str(), static_cast<long long>(done),
                 static_cast<long long>(total), done == total ? "\n" : "");
  }

 private:
  const bool m_asJson;
  const bool m_terminal = isTerminal(StandardStream::Errors);
  std::optional<std::ofstream> m_items;
  std::chrono::steady_clock::time_point m_shown{};
};

std::string percent(const json& share) {
  return share.is_number() ? fixed(100 * share.get<double>(), 1) + " %" : std::string("–");
}

std::string figuresOf(TaskKind kind, const json& result) {
  const auto count = [&](const char* key) { return result[key].get<std::int64_t>(); };
  switch (kind) {
    case TaskKind::Transcription: {
      const bool words = result.contains("wordErrorRate");
      std::string text = formatText("{} {} ({} errors on {} {})", words ? "WER" : "CER",
                                    percent(result[words ? "wordErrorRate" : "characterErrorRate"]), count("errors"),
                                    count("units"), words ? "words" : "characters");
      if (count("silent") > 0)
        text += formatText("; words in {} of {} silent", count("silentWithWords"), count("silent"));
      return text;
    }
    case TaskKind::Retention:
      return formatText("{} named; {} of {} where the encoder is sure", percent(result["share"]),
                        percent(result["shareWhereSure"]), count("sure"));
    case TaskKind::Question: return formatText("{} right", percent(result["share"]));
    case TaskKind::Choice: return formatText("{} right; {} unclear", percent(result["share"]), count("unparsed"));
    case TaskKind::Caption:
      return formatText("BLEU-4 {}  CIDEr-D {}  ROUGE-L {}", fixed(100 * result["bleu4"].get<double>(), 1),
                        fixed(result["ciderD"].get<double>(), 3), fixed(100 * result["rougeL"].get<double>(), 1));
    case TaskKind::Relative:
      return formatText("{} of the reference; {} of {} replies unparsed ({} if these were lost)",
                        percent(result["ratio"]), count("unparsed"), count("judged"),
                        percent(result["ratioIfUnparsedLost"]));
  }
  return {};
}

void printTable(const std::vector<TaskConfig>& tasks, const json& results) {
  std::printf("%-28s %-14s %9s %7s  %s\n", "task", "kind", "items", "failed", "result");
  for (std::size_t i = 0; i < results.size(); ++i) {
    const json& result = results[i];
    const std::string kind(evaluation::nameOf(tasks[i].kind));
    if (result.contains("error")) {
      std::printf("%-28s %-14s %s\n", tasks[i].name.c_str(), kind.c_str(), result["error"].get<std::string>().c_str());
      continue;
    }
    const auto done = result["items"].get<std::int64_t>(), all = result["of"].get<std::int64_t>();
    const std::string items = done == all ? std::to_string(done) : formatText("{} of {}", done, all);
    std::printf("%-28s %-14s %9s %7lld  %s\n", tasks[i].name.c_str(), kind.c_str(), items.c_str(),
                static_cast<long long>(result["failed"].get<std::int64_t>()), figuresOf(tasks[i].kind, result).c_str());
  }
}

Error cannotWrite(const std::filesystem::path& file) {
  return {ErrorCode::DiskFull,
          formatText("{} cannot be written. Check the free space and the folder's permissions.", file.string())};
}

Result<void> writeReport(const std::filesystem::path& file, const json& report) {
  std::error_code ignored;  // told by whoever writes there
  std::filesystem::create_directories(file.parent_path(), ignored);
  WholeFile out(file);
  out.write(report.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
  if (!out.finish()) return {};
  return tl::unexpected(cannotWrite(file));
}

// The pack and what its tasks ask of it; nothing of it when every task judges answers that are there already.
struct Loaded {
  std::unique_ptr<generation::ChatBackend> backend;
  std::unique_ptr<evaluation::Recogniser> recogniser;
  generation::PackSummary pack;
};

Result<void> load(const std::string& model, Loaded& loaded, Interrupt& interrupt) {
  const auto folder = model::findPack(model, programFile());
  if (!folder) return tl::unexpected(folder.error());
  loaded.backend = generation::makeModelBackend(generation::Loading::WhenNeeded, model::packedWeightsFolder());
  auto pack = loaded.backend->load(*folder, interrupt.token(), [](double, const std::string&) {});
  if (!pack) return tl::unexpected(pack.error());
  loaded.pack = std::move(*pack);
  return {};
}

evaluation::Tools toolsOf(Loaded& loaded, const ClipDecoder* decoder) {
  evaluation::Tools tools;
  tools.backend = loaded.backend.get();
  tools.decoder = decoder;
  tools.openRecogniser =
      [&loaded](const std::filesystem::path& names) -> Result<std::function<evaluation::Recognised(const RgbImage&)>> {
    auto opened = evaluation::Recogniser::open(loaded.pack.folder, names);
    if (!opened) return tl::unexpected(opened.error());
    loaded.recogniser = std::move(*opened);
    return std::function([&loaded](const RgbImage& picture) { return loaded.recogniser->recognise(picture); });
  };
  return tools;
}

}  // namespace

CLI::App* addEvaluateCommand(CLI::App& app, EvaluateArguments& arguments) {
  CLI::App* evaluate = app.add_subcommand("evaluate", "Measure a pack's answers, or let a judge compare answers");
  evaluate->add_option("config", arguments.config, "A JSON file, see docs/evaluation.md")->required();
  evaluate->add_option("--model", arguments.model, "Folder or name of a model pack, instead of the config's");
  evaluate->add_flag("--json", arguments.json, "One JSON object per item and one with the report on standard output");
  return evaluate;
}

int runEvaluate(const EvaluateArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt) {
  const auto config = evaluation::readEvaluationConfig(arguments.config);
  if (!config) return report(config.error());
  Loaded loaded;
  if (config->needsModel()) {
    const auto ready = load(arguments.model.empty() ? config->model : arguments.model, loaded, interrupt);
    if (!ready) return report(ready.error());
  }
  Writer writer(config->items, arguments.json);
  if (!writer.works()) return report(cannotWrite(config->items));
  const data::PlainMedia media(decoder);
  const evaluation::Tools tools = toolsOf(loaded, &media);

  json results = json::array();
  int code = kDone;
  for (const TaskConfig& task : config->tasks) {
    if (interrupt.happened()) break;
    auto result = evaluation::runTask(task, tools, interrupt.token(), writer);
    if (!result) {
      code = report(result.error());
      result = json{{"task", task.name}, {"kind", evaluation::nameOf(task.kind)}, {"error", result.error().message}};
    }
    results.push_back(std::move(*result));
  }
  json whole = {{"complete", !interrupt.happened()}, {"tasks", results}};
  if (config->needsModel()) whole["model"] = {{"name", loaded.pack.name}, {"version", loaded.pack.version}};
  if (arguments.json) {
    std::printf("%s\n", oneLine({{"report", whole}}).c_str());
  } else {
    printTable(config->tasks, results);
  }
  if (!config->report.empty()) {
    if (const auto written = writeReport(config->report, whole); !written) return report(written.error());
  }
  if (!writer.works()) return report(cannotWrite(config->items));  // the disk has filled up
  return interrupt.happened() ? kInterrupted : code;
}

}  // namespace xllm::cli
