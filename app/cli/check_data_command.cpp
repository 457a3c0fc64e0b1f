#include "app/cli/check_data_command.h"

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "app/cli/enum_option.h"
#include "app/cli/exit_code.h"
#include "app/cli/number_check.h"
#include "core/base/this_process.h"
#include "core/data/data_check.h"

namespace xllm::cli {

namespace {

constexpr std::size_t kMostRows = 20;  // of each finding, on the terminal

constexpr x2l::EnumNames<data::DataKind, 4> kKinds{{{"pictures", data::DataKind::Pictures},
                                                    {"clips", data::DataKind::Clips},
                                                    {"recordings", data::DataKind::Recordings},
                                                    {"conversations", data::DataKind::Conversations}}};

void showProgress(data::CheckProgress progress) {
  std::fprintf(stderr, "\rchecking files: %lld of %lld ", static_cast<long long>(progress.done),
               static_cast<long long>(progress.all));
}

// What the person asked to be written.
int write(const data::DataReport& report, const CheckDataArguments& arguments) {
  if (!arguments.report.empty()) {
    if (const auto saved = data::saveReport(report, arguments.report); !saved) return cli::report(saved.error());
    std::fprintf(stderr, "The report is in %s\n", arguments.report.c_str());
  }
  if (!arguments.lists.empty()) {
    const auto lists = data::writeLists(report, arguments.lists);
    if (!lists) return cli::report(lists.error());
    std::fprintf(stderr, "The usable examples are in %s and %s\n", lists->training.string().c_str(),
                 lists->validation.string().c_str());
  }
  return kDone;
}

}  // namespace

CLI::App* addCheckDataCommand(CLI::App& app, CheckDataArguments& arguments) {
  CLI::App* check = app.add_subcommand("check-data", "Look at training data before it is trained on");
  check->add_option("source", arguments.source, "A list or a folder (docs/training-data.md)")->required();
  addEnumOption(*check, "--kind", arguments.kind, kKinds, "What the examples are made of")->required();
  CLI::Option* validation = check->add_option("--validation", arguments.validation, "A list of its own for validation");
  check->add_option("--share", arguments.share, "Kept for validation without such a list")
      ->check(within(0.001, 0.9))
      ->capture_default_str()
      ->excludes(validation);
  check->add_option("--report", arguments.report, "Keep the whole report: as JSON where the name ends in .json");
  check->add_option("--lists", arguments.lists,
                    "Write the usable examples as training.jsonl and validation.jsonl into this folder");
  check->add_flag("--json", arguments.json, "The whole report as one JSON object on standard output");
  return check;
}

int runCheckData(const CheckDataArguments& arguments, const MediaProbe* probe, Interrupt& interrupt) {
  const bool bar = isTerminal(StandardStream::Errors);
  data::CheckOptions options;
  options.probe = probe;
  options.validation = arguments.validation;
  options.validationShare = arguments.share;
  const auto report = data::checkData(arguments.source, arguments.kind, options, interrupt.token(),
                                      bar ? showProgress : std::function<void(data::CheckProgress)>());
  if (bar) std::fprintf(stderr, "\r\x1B[K");
  if (!report) return cli::report(report.error());
  const std::string text = arguments.json ? data::reportJson(*report) + "\n" : data::reportText(*report, kMostRows);
  std::fputs(text.c_str(), stdout);
  if (const int code = write(*report, arguments); code != kDone) return code;
  const auto isError = [](const data::Finding& finding) { return finding.severity == data::Severity::Error; };
  return std::ranges::any_of(report->findings, isError) ? kBadInput : kDone;
}

}  // namespace xllm::cli
