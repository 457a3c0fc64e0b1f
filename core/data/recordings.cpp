#include "core/data/recordings.h"

#include <array>
#include <map>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"
#include "core/data/list_rows.h"
#include "core/data/row_report.h"
#include "core/data/text_rows.h"

namespace xllm::data {

namespace {

using nlohmann::json;
using Path = std::filesystem::path;
constexpr std::array<std::string_view, 7> kFileKeys{"audio", "path",      "recording", "audio_path",
                                                    "file",  "file_name", "filename"};
constexpr std::array<std::string_view, 4> kTextKeys{"text", "sentence", "transcript", "transcription"};
constexpr std::array<std::string_view, 3> kVoiceKeys{"client_id", "voice", "speaker"};

bool isFile(const Path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

// Collects rows and says what is wrong with them.
class Gathering {
 public:
  Gathering(const Path& source, const ListOptions& options, ListNotes* notes) : m_report(source, options, notes) {}

  RowReport& report() { return m_report; }

  void add(SpeechExample example) {
    example.audio = example.audio.lexically_normal();
    example.text = std::string(trimmed(example.text));
    example.answer = std::string(trimmed(example.answer));
    const auto known = m_index.find(example.audio.string());
    if (known != m_index.end()) {
      const SpeechExample& earlier = m_examples[known->second];
      const bool sameText = earlier.text == example.text, same = sameText && earlier.answer == example.answer;
      const char* const how = same ? "as" : sameText ? "with another answer than" : "with another text than";
      const std::string what = formatText("names {} again, {} {}", example.audio.string(), how, earlier.where);
      return same ? m_report.duplicate(example.where, what)
                  : m_report.wrong(example.where, RowProblem{what, Fault::ConflictingRow, example.audio});
    }
    if (const auto problem = problemWith(example.audio, FileKind::Sound)) {
      return m_report.wrong(example.where, *problem);
    }
    if (!example.text.empty()) {
      if (auto problem = problemWith(std::string_view(example.text), "text")) {
        problem->file = example.audio;
        return m_report.wrong(example.where, *problem);
      }
    }
    if (!example.answer.empty()) {
      if (example.text.empty()) {
        return m_report.wrong(example.where, "has an \"answer\", but its empty \"text\" says that nobody speaks");
      }
      if (const auto problem = problemWith(std::string_view(example.answer), "answer")) {
        return m_report.wrong(example.where, *problem);
      }
    }
    m_index.emplace(example.audio.string(), m_examples.size());
    m_examples.push_back(std::move(example));
  }

  Result<std::vector<SpeechExample>> finish() {
    if (const auto fine = m_report.finish(m_examples.size()); !fine) return tl::unexpected(fine.error());
    return std::move(m_examples);
  }

 private:
  RowReport m_report;
  std::vector<SpeechExample> m_examples;
  std::unordered_map<std::string, std::size_t> m_index;
};

// Beside the list, or in "clips" there.
Path fileOf(const Path& list, const std::string& name) {
  const Path beside = list.parent_path() / name, clips = list.parent_path() / "clips" / name;
  return !isFile(beside) && isFile(clips) ? clips : beside;
}

void addObject(Gathering& all, const Path& list, const json& row, const std::string& where) {
  const json* file = firstOf(row, kFileKeys);
  if (file == nullptr || !file->is_string()) return all.report().wrong(where, "has no \"audio\" file");
  const json* text = firstOf(row, kTextKeys);
  if (text == nullptr || !text->is_string()) {
    return all.report().wrong(where, "has no \"text\" (an empty one means that nobody speaks)");
  }
  const json* voice = firstOf(row, kVoiceKeys);
  const json seconds = row.value("seconds", json(0)), answer = row.value("answer", json(""));
  if (!answer.is_string()) return all.report().wrong(where, "has an \"answer\" that is not a text");
  if ((voice != nullptr && !voice->is_string()) || !seconds.is_number() || !(seconds.get<double>() >= 0)) {
    return all.report().wrong(where, "has a \"voice\" that is not a text or \"seconds\" that are not a number");
  }
  all.add({fileOf(list, file->get<std::string>()), text->get<std::string>(),
           voice == nullptr ? std::string() : voice->get<std::string>(), seconds.get<double>(), where,
           answer.get<std::string>()});
}

Result<void> readFile(Gathering& all, const Path& list) {
  const auto opened = openText(list);
  if (!opened) return tl::unexpected(opened.error());
  if (jsonShapeOf(opened->text) != JsonShape::None) {
    all.report().setForm(jsonShapeOf(opened->text) == JsonShape::Whole ? "JSON list" : "JSON lines");
    return forEachObject(list, opened->text, all.report(),
                         [&](const json& row, const std::string& where) { addObject(all, list, row, where); });
  }
  std::error_code ignored;
  const bool commonVoice = list.extension() == ".tsv" && std::filesystem::exists(list.parent_path() / "clips", ignored);
  all.report().setForm(commonVoice ? "Common Voice" : "table");
  const auto take = [&](const TableRow& row, const std::string& where) {
    all.add({fileOf(list, row.file), row.text, row.extra, 0, where});
  };
  return forEachTableRow(list, opened->text, {kFileKeys, kTextKeys, kVoiceKeys}, all.report(), take);
}

// LJSpeech 1.1: id|text as printed|text with numbers and abbreviations written out; wavs/id.wav.
Result<void> readLjSpeech(Gathering& all, const Path& folder) {
  all.report().setForm("LJSpeech");
  const Path list = folder / "metadata.csv";
  const auto opened = openText(list);
  if (!opened) return tl::unexpected(opened.error());
  TableRows rows(opened->text, '|', Quoting::None);
  std::vector<std::string> cells;
  while (rows.next(cells)) {
    const std::string where = formatText("row {} of {}", rows.row(), list.filename().string());
    if (!rows.problem().empty()) {
      all.report().wrong(where, rows.problem());
    } else if (cells.size() < 2 || cells.size() > 3) {
      all.report().wrong(where, formatText("has {} cells between bars (|) and not 2 or 3", cells.size()));
    } else {
      all.add({folder / "wavs" / (cells[0] + ".wav"), cells.size() == 3 && !cells[2].empty() ? cells[2] : cells[1], "",
               0, where});
    }
  }
  return {};
}

// Kaldi: a name and, behind white space, a value; one a line.
struct KaldiValue {
  std::string value, where;
};
using KaldiTable = std::map<std::string, KaldiValue, std::less<>>;

Result<KaldiTable> readKaldiTable(const Path& file, RowReport& report) {
  const auto opened = openText(file);
  if (!opened) return tl::unexpected(opened.error());
  KaldiTable table;
  TextLines lines(opened->text);
  for (std::string_view line; lines.next(line);) {
    const std::string_view row = trimmed(line);
    if (row.empty()) continue;
    const std::string where = formatText("line {} of {}", lines.number(), file.filename().string());
    if (row.size() > kLongestRow) {
      report.wrong(where, formatText("is longer than {} bytes", kLongestRow));
      continue;
    }
    const auto nameEnd = std::min(row.find_first_of(" \t"), row.size());
    const std::string name(row.substr(0, nameEnd));
    if (!table.emplace(name, KaldiValue{std::string(trimmed(row.substr(nameEnd))), where}).second) {
      report.wrong(where, formatText("gives \"{}\" a second time", name));
    }
  }
  return table;
}

Result<void> readKaldi(Gathering& all, const Path& folder) {
  if (isFile(folder / "segments")) {
    return fail(ErrorCode::Unsupported,
                formatText("{} cuts its recordings by a file \"segments\", which is not read. Cut the recordings first "
                           "and list the pieces in wav.scp.",
                           folder.string()));
  }
  all.report().setForm("Kaldi");
  const auto files = readKaldiTable(folder / "wav.scp", all.report());
  if (!files) return tl::unexpected(files.error());
  const auto texts = readKaldiTable(folder / "text", all.report());
  if (!texts) return tl::unexpected(texts.error());
  KaldiTable voices;
  if (isFile(folder / "utt2spk")) {
    auto read = readKaldiTable(folder / "utt2spk", all.report());
    if (!read) return tl::unexpected(read.error());
    voices = std::move(*read);
  }
  for (const auto& [name, file] : *files) {
    const auto text = texts->find(name);
    if (file.value.ends_with('|')) {
      all.report().wrong(file.where,
                         "is a command (it ends in \"|\"), and commands are not run; store what it prints as "
                         "a sound file and name that");
    } else if (file.value.empty()) {
      all.report().wrong(file.where, "names no file");
    } else if (text == texts->end()) {
      all.report().wrong(file.where, RowProblem{formatText("has no line \"{}\" in the file \"text\"", name),
                                                Fault::MissingText, folder / file.value});
    } else {
      const auto voice = voices.find(name);
      all.add(
          {folder / file.value, text->second.value, voice == voices.end() ? "" : voice->second.value, 0, file.where});
    }
  }
  for (const auto& [name, text] : *texts) {
    if (files->contains(name)) continue;
    all.report().wrong(text.where,
                       RowProblem{formatText("has no line \"{}\" in wav.scp", name), Fault::TextWithoutFile});
  }
  return {};
}

Result<void> readOwnFolder(Gathering& all, const Path& folder) {
  all.report().setForm("folder");
  const auto files = filesUnder(folder, kSoundEndings);
  if (!files) return tl::unexpected(files.error());
  for (const Path& file : *files) {
    const std::string where = file.lexically_relative(folder).string();
    Path beside = file;
    beside.replace_extension(".txt");
    if (!isFile(beside)) {
      all.report().wrong(where, RowProblem{formatText("has no {} with its words beside it", beside.filename().string()),
                                           Fault::MissingText, file});
      continue;
    }
    const auto opened = openText(beside);
    if (!opened) {
      all.report().wrong(where, RowProblem{formatText("has a text that cannot be used: {}", opened.error().message),
                                           Fault::NotUtf8, file});
    } else if (opened->text.size() > kLongestRow) {
      all.report().wrong(where, formatText("has a text of more than {} bytes", kLongestRow));
    } else {
      std::string text;
      TextLines lines(opened->text);
      for (std::string_view line; lines.next(line);) {
        if (!trimmed(line).empty()) text += formatText("{}{}", text.empty() ? "" : " ", trimmed(line));
      }
      all.add({file, text, "", 0, where});
    }
  }
  return {};
}

Result<void> readAny(Gathering& all, const Path& source) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(source, ignored)) {
    // LJSpeech's list may be named itself.
    const bool headless =
        source.filename() == "metadata.csv" && std::filesystem::is_directory(source.parent_path() / "wavs", ignored);
    return headless ? readLjSpeech(all, source.parent_path()) : readFile(all, source);
  }
  if (isFile(source / "wav.scp")) return readKaldi(all, source);
  if (std::filesystem::is_directory(source / "wavs", ignored) && isFile(source / "metadata.csv")) {
    return readLjSpeech(all, source);
  }
  for (const char* name : {"validated.tsv", "train.tsv", "metadata.jsonl", "metadata.csv"}) {
    if (isFile(source / name)) return readFile(all, source / name);
  }
  return readOwnFolder(all, source);
}

}  // namespace

Result<std::vector<SpeechExample>> readSpeechList(const Path& source, const ListOptions& options, ListNotes* notes) {
  Gathering all(source, options, notes);
  if (const auto read = readAny(all, source); !read) return tl::unexpected(read.error());
  return all.finish();
}

}  // namespace xllm::data
