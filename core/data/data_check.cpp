#include "core/data/data_check.h"

#include <chrono>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/data/data_checks.h"
#include "core/data/data_examples.h"
#include "core/data/data_findings.h"
#include "core/data/format_text.h"
#include "core/data/split.h"

namespace xllm::data {

namespace {

using Path = std::filesystem::path;

Severity severityOf(const RowNote& note) {
  if (note.wrong) return Severity::Error;
  return note.fault == Fault::PlaceholderMismatch ? Severity::Warning : Severity::Note;
}

// What of a note is said behind its row: the file is named there, and faults of files say the rest themselves.
std::string rowOf(const RowNote& note) {
  const bool needsWords = note.file.empty() || note.fault == Fault::ConflictingRow ||
                          note.fault == Fault::PlaceholderMismatch || note.fault == Fault::UnreadFormat;
  return rowText(note.where, note.file, needsWords ? note.what : std::string());
}

std::int64_t tellNotes(const std::vector<RowNote>& notes, DataFindings& findings) {
  std::int64_t wrong = 0;
  for (const RowNote& note : notes) {
    if (note.wrong) ++wrong;
    findings.add(note.fault, severityOf(note), rowOf(note));
  }
  return wrong;
}

void listFiles(CheckedData& data, std::vector<DataFile>& files) {
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < data.examples.size(); ++i) {
    for (const DataFile& file : data.examples[i].files) {
      const auto [place, isNew] = known.emplace(file.file.string(), files.size());
      if (isNew) {
        files.push_back(file);
        data.users.emplace_back();
      }
      auto& users = data.users[place->second];
      if (users.empty() || users.back() != i) users.push_back(i);
    }
  }
}

// Which of the usable examples are kept for validation. Of captioned pictures the stages split by content.
void split(CheckedData& data, const CheckOptions& options, SplitFigures& figures) {
  for (std::size_t i = 0; i < data.files.size(); ++i) {
    for (const std::size_t user : data.users[i]) {
      if (data.kind == DataKind::Pictures) data.examples[user].key = data.files[i].content;
    }
  }
  figures = {.share = data.ownValidation ? 0 : options.validationShare, .seed = options.splitSeed};
  if (!data.ownValidation) {
    std::vector<std::string> keys;
    std::vector<std::size_t> usable;
    for (std::size_t i = 0; i < data.examples.size(); ++i) {
      if (!data.examples[i].usable) continue;
      keys.push_back(data.examples[i].key);
      usable.push_back(i);
    }
    const Split parts = splitForValidation(keys, options.validationShare, options.splitSeed);
    for (const std::size_t i : parts.validation) data.examples[usable[i]].validation = true;
  }
  for (const DataExample& example : data.examples) {
    if (example.usable) ++(example.validation ? figures.validation : figures.training);
  }
}

Result<void> readAll(CheckedData& data, const Path& source, const CheckOptions& options, DataReport& report,
                     DataFindings& findings) {
  auto read = readExamples(source, data.kind);
  if (!read) return tl::unexpected(read.error());
  report.form = read->form;
  report.wrongRows = tellNotes(read->notes, findings);
  data.examples = std::move(read->examples);
  data.ownValidation = !options.validation.empty();
  if (!data.ownValidation) return {};
  auto heldOut = readExamples(options.validation, data.kind);
  if (!heldOut) return tl::unexpected(heldOut.error());
  report.wrongRows += tellNotes(heldOut->notes, findings);
  for (DataExample& example : heldOut->examples) {
    example.validation = true;
    data.examples.push_back(std::move(example));
  }
  return {};
}

void sumUp(CheckedData& data, DataReport& report) {
  report.examples = std::ssize(data.examples);
  report.files = std::ssize(data.files);
  report.usable = report.split.training + report.split.validation;
  for (const DataExample& example : data.examples) {
    for (const std::string& text : example.texts) report.texts += text.empty() ? 0 : 1;
  }
  for (const FileFacts& file : data.files) report.seconds += file.problem ? 0 : file.seconds;
  report.languages = languagesOf(data);
  report.measures = measuresOf(data);
  report.all = std::move(data.examples);
}

}  // namespace

std::string_view toString(DataKind kind) {
  switch (kind) {
    case DataKind::Pictures: return "pictures";
    case DataKind::Clips: return "clips";
    case DataKind::Recordings: return "recordings";
    case DataKind::Conversations: return "conversations";
  }
  return "unknown";
}

std::string_view toString(Severity severity) {
  switch (severity) {
    case Severity::Note: return "note";
    case Severity::Warning: return "warning";
    case Severity::Error: return "error";
  }
  return "unknown";
}

Result<DataReport> checkData(const Path& source, DataKind kind, const CheckOptions& options, std::stop_token stop,
                             const std::function<void(CheckProgress)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  DataReport report;
  report.kind = kind;
  report.source = source;
  report.decoded = options.probe != nullptr;
  CheckedData data;
  data.kind = kind;
  DataFindings findings;
  if (const auto read = readAll(data, source, options, report, findings); !read) return tl::unexpected(read.error());
  std::vector<DataFile> files;
  listFiles(data, files);
  const Inspection how{options.probe, kind == DataKind::Pictures, options.threads};
  auto facts = inspectFiles(files, how, stop, progress);
  if (!facts) return tl::unexpected(facts.error());
  data.files = std::move(*facts);
  checkFiles(data, findings);
  split(data, options, report.split);
  checkLikeness(data, findings);
  checkTexts(data, findings);
  report.findings = findings.take();
  sumUp(data, report);
  report.tookSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace xllm::data
