#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/data/data_check.h"
#include "core/data/format_text.h"

namespace xllm::data {

namespace {

using Json = nlohmann::ordered_json;

std::string hours(double seconds) {
  if (seconds < 120) return formatText("{} s", fixed(seconds, 1));
  return seconds < 7200 ? formatText("{} min", fixed(seconds / 60, 1)) : formatText("{} h", fixed(seconds / 3600, 1));
}

std::string figure(double value) { return fixed(value, value < 10 && value != static_cast<int>(value) ? 1 : 0); }

std::string_view nameOf(const std::string& language) { return language.empty() ? "no letters" : language; }

Json measureJson(const Measure& measure) {
  return {{"of", measure.of},         {"count", measure.count}, {"least", measure.least}, {"low", measure.low},
          {"median", measure.median}, {"high", measure.high},   {"most", measure.most},   {"bars", measure.bars}};
}

std::string titleOf(Severity severity) {
  switch (severity) {
    case Severity::Error: return "ERROR";
    case Severity::Warning: return "WARNING";
    case Severity::Note: break;
  }
  return "NOTE";
}

}  // namespace

std::string reportText(const DataReport& report, std::size_t mostRows) {
  std::string text = formatText("Training data: {}\n{}, as {}\n\n", report.source.string(), toString(report.kind),
                                report.form.empty() ? "nothing that could be read" : report.form);
  text +=
      formatText("  {} examples, {} of them usable; {} wrong rows\n", report.examples, report.usable, report.wrongRows);
  text += formatText("  {} files{}, {} texts", report.files, report.decoded ? ", all decoded" : ", not decoded",
                     report.texts);
  text += formatText("{}\n", report.seconds > 0 ? formatText(", {}", hours(report.seconds)) : "");
  text +=
      formatText("  {} for training, {} for validation ({})\n", report.split.training, report.split.validation,
                 report.split.share > 0 ? formatText("a share of {}, seed {}", report.split.share, report.split.seed)
                                        : "a list of its own");
  for (const Measure& measure : report.measures) {
    text += formatText("  {}: {} to {}, half above {}, 5 to 95 of 100 between {} and {}\n", measure.of,
                       figure(measure.least), figure(measure.most), figure(measure.median), figure(measure.low),
                       figure(measure.high));
  }
  if (!report.languages.empty()) {
    text += "  languages (by script and small words):";
    for (const auto& [language, texts] : report.languages) text += formatText(" {} {}", nameOf(language), texts);
    text += '\n';
  }
  text += formatText("  checked in {} s\n", fixed(report.tookSeconds, 1));
  if (report.findings.empty()) text += "\nNothing was found.\n";
  for (const Finding& finding : report.findings) {
    text +=
        formatText("\n{} {}: {}\n  {}\n", titleOf(finding.severity), finding.what, finding.sentence, finding.proposal);
    const std::size_t shown = std::min(finding.rows.size(), mostRows);
    for (std::size_t i = 0; i < shown; ++i) text += formatText("    {}\n", finding.rows[i]);
    if (shown < finding.rows.size()) text += formatText("    and {} more\n", finding.rows.size() - shown);
  }
  return text;
}

std::string reportJson(const DataReport& report) {
  Json languages = Json::array(), measures = Json::array(), findings = Json::array();
  for (const auto& [language, texts] : report.languages)
    languages.push_back({{"language", language}, {"texts", texts}});
  for (const Measure& measure : report.measures) measures.push_back(measureJson(measure));
  for (const Finding& finding : report.findings) {
    findings.push_back({{"what", finding.what},
                        {"severity", toString(finding.severity)},
                        {"sentence", finding.sentence},
                        {"proposal", finding.proposal},
                        {"figures", finding.figures},
                        {"rows", finding.rows}});
  }
  const SplitFigures& split = report.split;
  const Json all{
      {"source", report.source.string()},
      {"kind", toString(report.kind)},
      {"form", report.form},
      {"decoded", report.decoded},
      {"examples", report.examples},
      {"usable", report.usable},
      {"wrongRows", report.wrongRows},
      {"files", report.files},
      {"texts", report.texts},
      {"seconds", report.seconds},
      {"split",
       {{"training", split.training}, {"validation", split.validation}, {"share", split.share}, {"seed", split.seed}}},
      {"measures", measures},
      {"languages", languages},
      {"tookSeconds", report.tookSeconds},
      {"findings", findings}};
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace xllm::data
