#include "core/data/captioned_files.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"
#include "core/data/json_elements.h"
#include "core/data/row_report.h"
#include "core/data/text_rows.h"

namespace xllm::data {

namespace {

using nlohmann::json;
using Path = std::filesystem::path;
constexpr std::array<std::string_view, 3> kTextKeys{"caption", "text", "title"};
constexpr std::uintmax_t kLargestCaptionFile = 1 << 20;

// Collects rows, puts those of one file together and says what is wrong with them.
class Gathering {
 public:
  Gathering(const Path& source, const MediaWords& words, const ListOptions& options, ListNotes* notes)
      : m_words(words), m_report(source, options, notes) {}

  RowReport& report() { return m_report; }
  const MediaWords& words() const { return m_words; }

  void add(const Path& file, const std::vector<std::string>& captions, const std::string& where) {
    const auto known = m_index.find(file.string());
    if (known == m_index.end()) {
      if (const auto problem = problemWith(file, m_words.kind)) return m_report.wrong(where, *problem);
    }
    if (captions.empty()) return m_report.wrong(where, RowProblem{"has no caption", Fault::EmptyText, file});
    for (const std::string& caption : captions) {
      if (auto problem = problemWith(std::string_view(caption), "caption")) {
        problem->file = file;
        return m_report.wrong(where, *problem);
      }
    }
    if (known == m_index.end()) {
      m_index.emplace(file.string(), m_files.size());
      m_files.push_back({file, {}, where});
    }
    CaptionedFile& entry = m_files[known == m_index.end() ? m_files.size() - 1 : known->second];
    for (const std::string& caption : captions) {
      std::string text(trimmed(caption));
      if (std::ranges::find(entry.captions, text) != entry.captions.end()) {
        m_report.duplicate(where, formatText("says again what {} says about {}", entry.where, file.string()));
      } else {
        entry.captions.push_back(std::move(text));
      }
    }
  }

  Result<std::vector<CaptionedFile>> finish() {
    if (const auto fine = m_report.finish(m_files.size()); !fine) return tl::unexpected(fine.error());
    return std::move(m_files);
  }

 private:
  const MediaWords& m_words;
  RowReport m_report;
  std::vector<CaptionedFile> m_files;
  std::unordered_map<std::string, std::size_t> m_index;
};

// The texts of a "caption" that may be one or a list; nothing if there is another thing in it.
std::optional<std::vector<std::string>> textsOf(const json* field) {
  std::vector<std::string> texts;
  if (field == nullptr) return texts;
  if (field->is_string()) return std::vector{field->get<std::string>()};
  if (!field->is_array()) return std::nullopt;
  for (const json& one : *field) {
    if (!one.is_string()) return std::nullopt;
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

// How often the texts of a LLaVA row stand for `mark`.
std::size_t marksIn(const json& conversations, std::string_view mark) {
  std::size_t count = 0;
  if (!conversations.is_array()) return count;
  for (const json& turn : conversations) {
    if (!turn.is_object() || !turn.contains("value") || !turn["value"].is_string()) continue;
    const std::string& words = turn["value"].get_ref<const std::string&>();
    for (auto at = words.find(mark); at != std::string::npos; at = words.find(mark, at + mark.size())) ++count;
  }
  return count;
}

// LLaVA: the first thing that "gpt" says. Nothing: there is no answer.
std::vector<std::string> firstAnswer(const json& conversations) {
  if (!conversations.is_array()) return {};
  for (const json& turn : conversations) {
    if (turn.is_object() && turn.value("from", json()) == "gpt" && turn.contains("value") &&
        turn["value"].is_string()) {
      return {turn["value"].get<std::string>()};
    }
  }
  return {};
}

void addObject(Gathering& all, const Path& folder, const json& row, const std::string& where) {
  const json* file = firstOf(row, all.words().keys);
  if (file == nullptr || !file->is_string()) {
    return all.report().wrong(where, formatText("names no {} (one of {})", all.words().noun, quoted(all.words().keys)));
  }
  const auto captions =
      row.contains("conversations") ? firstAnswer(row["conversations"]) : textsOf(firstOf(row, kTextKeys));
  if (!captions) return all.report().wrong(where, "has a caption that is neither a text nor a list of texts");
  const Path named = (folder / file->get<std::string>()).lexically_normal();
  if (row.contains("conversations")) {
    const auto marks = marksIn(row["conversations"], all.words().kind == FileKind::Clip ? "<video>" : "<image>");
    if (marks > 1) {
      all.report().warn(
          where, {formatText("has {} marks for one {}", marks, all.words().noun), Fault::PlaceholderMismatch, named});
    }
  }
  all.add(named, *captions, where);
}

// Lists whose files and captions stand apart, joined by an id: COCO's, and MSR-VTT's.

struct JoinedList {
  std::string_view files, captions, fileId, id;  // keys
};
constexpr JoinedList kCoco{"images", "annotations", "id", "image_id"};
constexpr JoinedList kMsrVtt{"videos", "sentences", "video_id", "video_id"};

// Looks where the files of such lists are kept; beside the list first.
class Shelves {
 public:
  explicit Shelves(const Path& list) {
    const Path here = list.parent_path(), up = here / "..";
    const std::string stem = list.stem().string();
    const std::string split = stem.substr(stem.rfind('_') + 1);  // captions_val2014: val2014
    m_folders = {here, here / split};
    for (const char* name : {"images", "videos", "TrainValVideo", "TestVideo"}) m_folders.push_back(here / name);
    for (const Path& folder : {here / "images" / split, up / split, up / "images" / split, up / "images", up}) {
      m_folders.push_back(folder);
    }
  }
  // Where none has the file: where it was looked for first.
  Path find(const std::string& name) {
    std::error_code ignored;
    for (std::size_t i = 0; i < m_folders.size(); ++i) {
      const std::size_t at = (m_last + i) % m_folders.size();
      if (!std::filesystem::exists(m_folders[at] / name, ignored)) continue;
      m_last = at;
      break;
    }
    return (m_folders[m_last] / name).lexically_normal();
  }

 private:
  std::vector<Path> m_folders;
  std::size_t m_last = 0;  // most files of a list lie together
};

std::string idOf(const json& row, std::string_view key) {
  const auto found = row.find(key);
  return found == row.end() ? std::string() : found->dump(-1, ' ', false, json::error_handler_t::replace);
}

struct KnownFile {
  Path file;
  bool captioned = false;
};

std::map<std::string, KnownFile> knownFiles(Gathering& all, const Path& list, std::string_view text,
                                            const JoinedList& keys) {
  std::map<std::string, KnownFile> files;
  Shelves shelves(list);
  const auto take = [&](std::string_view key, std::int64_t number, std::string_view element) {
    if (key != keys.files) return;
    const std::string where = formatText("entry {} of \"{}\" in {}", number, key, list.filename().string());
    const json row = parseObject(element);
    if (row.is_discarded()) return all.report().wrong(where, noObject(element));
    const std::string id = idOf(row, keys.fileId);
    if (id.empty()) return all.report().wrong(where, formatText("has no \"{}\"", keys.fileId));
    const json* name = firstOf(row, all.words().keys);
    const json* stem = row.contains("video_id") ? &row["video_id"] : nullptr;  // MSR-VTT: video7 is video7.mp4
    if (name != nullptr && name->is_string()) {
      files.emplace(id, KnownFile{shelves.find(name->get<std::string>())});
    } else if (stem != nullptr && stem->is_string()) {
      files.emplace(id, KnownFile{shelves.find(stem->get<std::string>() + ".mp4")});
    } else {
      all.report().wrong(where, formatText("names no {} (one of {})", all.words().noun, quoted(all.words().keys)));
    }
  };
  static_cast<void>(forEachElement(text, list.string(), take));  // was read once already
  return files;
}

Result<void> readJoined(Gathering& all, const Path& list, std::string_view text, const JoinedList& keys) {
  auto files = knownFiles(all, list, text, keys);
  const auto take = [&](std::string_view key, std::int64_t number, std::string_view element) {
    if (key != keys.captions) return;
    const std::string where = formatText("entry {} of \"{}\" in {}", number, key, list.filename().string());
    const json row = parseObject(element);
    if (row.is_discarded()) return all.report().wrong(where, noObject(element));
    const auto found = files.find(idOf(row, keys.id));
    if (found == files.end()) {
      return all.report().wrong(where, formatText("has no \"{}\" that is among the \"{}\"", keys.id, keys.files));
    }
    const auto captions = textsOf(firstOf(row, kTextKeys));
    if (!captions) return all.report().wrong(where, "has a caption that is not a text");
    found->second.captioned = true;
    all.add(found->second.file, *captions, where);
  };
  if (auto read = forEachElement(text, list.string(), take); !read) return read;
  for (const auto& [id, known] : files) {
    if (!known.captioned) {
      all.report().warn(known.file.string(), {formatText("has no caption in {}", list.filename().string()),
                                              Fault::FileWithoutText, known.file});
    }
  }
  return {};
}

Result<void> readJson(Gathering& all, const Path& list, std::string_view text) {
  if (jsonShapeOf(text) == JsonShape::Whole) {
    const JoinedList* joined = nullptr;
    const auto look = [&](std::string_view key, std::int64_t, std::string_view) {
      if (key == kCoco.captions) joined = &kCoco;
      if (key == kMsrVtt.captions) joined = &kMsrVtt;
    };
    if (auto read = forEachElement(text, list.string(), look); !read) return read;
    if (joined != nullptr) {
      all.report().setForm(joined == &kCoco ? "COCO" : "MSR-VTT");
      return readJoined(all, list, text, *joined);
    }
  }
  all.report().setForm(jsonShapeOf(text) == JsonShape::Whole ? "JSON list" : "JSON lines");
  return forEachObject(list, text, all.report(), [&](const json& row, const std::string& where) {
    if (row.contains("conversations")) all.report().setForm("LLaVA");
    addObject(all, list.parent_path(), row, where);
  });
}

// Folders.

Result<std::vector<std::string>> captionLines(const Path& file) {
  auto opened = openText(file);
  if (!opened) return tl::unexpected(opened.error());
  std::vector<std::string> lines;
  TextLines reader(opened->text.substr(0, kLargestCaptionFile));
  for (std::string_view line; reader.next(line);) {
    if (!trimmed(line).empty()) lines.emplace_back(trimmed(line));
  }
  return lines;
}

Result<void> readFolder(Gathering& all, const Path& folder) {
  const auto files = filesUnder(folder, all.words().endings);
  if (!files) return tl::unexpected(files.error());
  for (const Path& file : *files) {
    const std::string where = file.lexically_relative(folder).string();
    Path text = file;
    text.replace_extension(".txt");
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(text, ignored)) {
      all.report().wrong(where, RowProblem{formatText("has no {} with its caption beside it", text.filename().string()),
                                           Fault::MissingText, file});
      continue;
    }
    const auto lines = captionLines(text);
    if (!lines) {
      all.report().wrong(where,
                         RowProblem{formatText("has a caption file that cannot be used: {}", lines.error().message),
                                    Fault::NotUtf8, file});
    } else {
      all.add(file, *lines, where);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<CaptionedFile>> readCaptionedFiles(const Path& source, const MediaWords& words,
                                                      const ListOptions& options, ListNotes* notes) {
  std::error_code ignored;
  Path list = source;
  if (std::filesystem::is_directory(source, ignored)) {
    for (const char* name : {"metadata.jsonl", "metadata.csv"}) {
      if (std::filesystem::is_regular_file(source / name, ignored)) list = source / name;
    }
  }
  Gathering all(source, words, options, notes);
  if (std::filesystem::is_directory(list, ignored)) {
    all.report().setForm("folder");
    if (const auto read = readFolder(all, list); !read) return tl::unexpected(read.error());
    return all.finish();
  }
  const auto opened = openText(list);
  if (!opened) return tl::unexpected(opened.error());
  all.report().setForm("table");
  const auto take = [&](const TableRow& row, const std::string& where) {
    all.add((list.parent_path() / row.file).lexically_normal(), {row.text}, where);
  };
  const auto read = jsonShapeOf(opened->text) == JsonShape::None
                        ? forEachTableRow(list, opened->text, {words.keys, kTextKeys}, all.report(), take)
                        : readJson(all, list, opened->text);
  if (!read) return tl::unexpected(read.error());
  return all.finish();
}

}  // namespace xllm::data
