#include "core/data/captioned_files.h"

#include <algorithm>
#include <array>
#include <cctype>
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

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char sign) { return sign < 128 ? std::tolower(sign) : sign; });
  return lower;
}

// Collects rows, puts those of one file together and says what is wrong with them.
class Gathering {
 public:
  Gathering(const Path& source, const MediaWords& words, const ListOptions& options, ListNotes* notes)
      : m_words(words), m_report(source, options, notes) {}

  RowReport& report() { return m_report; }
  const MediaWords& words() const { return m_words; }

  void add(const Path& file, const std::vector<std::string>& captions, const std::string& where) {
    const auto known = m_index.find(file.native());
    if (known == m_index.end()) {
      if (const auto problem = problemWith(file)) return m_report.wrong(where, *problem);
    }
    if (captions.empty()) return m_report.wrong(where, "has no caption");
    for (const std::string& caption : captions) {
      if (const auto problem = problemWith(std::string_view(caption), "caption")) {
        return m_report.wrong(where, *problem);
      }
    }
    if (known == m_index.end()) {
      m_index.emplace(file.native(), m_files.size());
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

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const auto word : words) text += formatText("{}\"{}\"", text.empty() ? "" : ", ", word);
  return text;
}

void addObject(Gathering& all, const Path& folder, std::string_view text, const std::string& where) {
  const json row = parseObject(text);
  if (row.is_discarded()) return all.report().wrong(where, "is not a JSON object");
  const json* file = firstOf(row, all.words().keys);
  if (file == nullptr || !file->is_string()) {
    return all.report().wrong(where, formatText("names no {} (one of {})", all.words().noun, joined(all.words().keys)));
  }
  const auto captions =
      row.contains("conversations") ? firstAnswer(row["conversations"]) : textsOf(firstOf(row, kTextKeys));
  if (!captions) return all.report().wrong(where, "has a caption that is neither a text nor a list of texts");
  all.add((folder / file->get<std::string>()).lexically_normal(), *captions, where);
}

// COCO.

std::vector<Path> cocoFolders(const Path& list) {
  const Path here = list.parent_path();
  const std::string stem = list.stem().string();
  const std::string split = stem.substr(stem.rfind('_') + 1);
  const Path up = here / "..";
  return {here,       here / "images",       here / split,  here / "images" / split,
          up / split, up / "images" / split, up / "images", up};
}

struct CocoPictures {
  std::unordered_map<std::string, std::pair<Path, bool>> byId;  // and whether it has a caption
  std::vector<std::string> order;
};

CocoPictures readCocoPictures(Gathering& all, const Path& list, std::string_view text) {
  CocoPictures pictures;
  const auto folders = cocoFolders(list);
  std::size_t best = 0;  // where the last one was found
  const auto place = [&](const std::string& name) {
    std::error_code ignored;
    for (std::size_t i = 0; i < folders.size(); ++i) {
      const std::size_t at = (best + i) % folders.size();
      if (std::filesystem::exists(folders[at] / name, ignored)) {
        best = at;
        break;
      }
    }
    return (folders[best] / name).lexically_normal();
  };
  const auto take = [&](std::string_view key, std::int64_t number, std::string_view element) {
    if (key != "images") return;
    const std::string where = formatText("image {} of {}", number, list.filename().string());
    const json row = parseObject(element);
    if (row.is_discarded() || !row.contains("id") || !row.contains("file_name") || !row["file_name"].is_string()) {
      return all.report().wrong(where, "has no \"id\" or no \"file_name\"");
    }
    std::string id = row["id"].dump(-1, ' ', false, json::error_handler_t::replace);
    if (pictures.byId.emplace(id, std::pair(place(row["file_name"].get<std::string>()), false)).second) {
      pictures.order.push_back(std::move(id));
    }
  };
  static_cast<void>(forEachElement(text, list.string(), take));  // was read once already
  return pictures;
}

Result<void> readCoco(Gathering& all, const Path& list, std::string_view text) {
  CocoPictures pictures = readCocoPictures(all, list, text);
  const auto take = [&](std::string_view key, std::int64_t number, std::string_view element) {
    if (key != "annotations") return;
    const std::string where = formatText("annotation {} of {}", number, list.filename().string());
    const json row = parseObject(element);
    if (row.is_discarded() || !row.contains("image_id")) return all.report().wrong(where, "has no \"image_id\"");
    const auto found = pictures.byId.find(row["image_id"].dump(-1, ' ', false, json::error_handler_t::replace));
    if (found == pictures.byId.end()) {
      return all.report().wrong(where, "belongs to an \"image_id\" that is not among the \"images\"");
    }
    const auto captions = textsOf(firstOf(row, kTextKeys));
    if (!captions) return all.report().wrong(where, "has a caption that is not a text");
    found->second.second = true;
    all.add(found->second.first, *captions, where);
  };
  if (auto read = forEachElement(text, list.string(), take); !read) return read;
  for (const std::string& id : pictures.order) {
    const auto& [file, captioned] = pictures.byId.at(id);
    if (!captioned) all.report().warn(file.string(), formatText("has no caption in {}", list.filename().string()));
  }
  return {};
}

// JSON of all other shapes.

Result<void> readWholeJson(Gathering& all, const Path& list, std::string_view text) {
  bool coco = false;
  const auto look = [&](std::string_view key, std::int64_t, std::string_view) { coco = coco || key == "annotations"; };
  if (auto read = forEachElement(text, list.string(), look); !read) return read;
  if (coco) return readCoco(all, list, text);
  return forEachElement(text, list.string(), [&](std::string_view key, std::int64_t number, std::string_view element) {
    const std::string name = list.filename().string();
    addObject(all, list.parent_path(), element,
              key.empty() ? formatText("entry {} of {}", number, name)
                          : formatText("entry {} of \"{}\" in {}", number, key, name));
  });
}

void readJsonLines(Gathering& all, const Path& list, std::string_view text) {
  TextLines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (trimmed(line).empty()) continue;
    addObject(all, list.parent_path(), line, formatText("line {} of {}", lines.number(), list.filename().string()));
  }
}

// Tables.

struct Header {
  char separator = ',';
  std::size_t file = 0;
  std::size_t text = 0;
  std::size_t columns = 0;
};

std::optional<Header> headerOf(std::string_view text, const MediaWords& words) {
  for (const char separator : {',', '\t', ';', '|'}) {
    std::vector<std::string> cells;
    TableRows rows(text.substr(0, kLongestRow), separator, Quoting::Rfc4180);
    if (!rows.next(cells) || !rows.problem().empty()) continue;
    for (std::string& cell : cells) cell = lowerCase(trimmed(cell));
    const auto column = [&](std::span<const std::string_view> names) {
      for (const auto name : names) {
        const auto found = std::ranges::find(cells, name);
        if (found != cells.end()) return static_cast<std::size_t>(found - cells.begin());
      }
      return cells.size();
    };
    const Header header{separator, column(words.keys), column(kTextKeys), cells.size()};
    if (header.file < cells.size() && header.text < cells.size()) return header;
  }
  return std::nullopt;
}

Result<void> readTable(Gathering& all, const Path& list, std::string_view text) {
  const auto header = headerOf(text, all.words());
  if (!header) {
    return fail(ErrorCode::BadInput,
                formatText("{} is neither JSON nor a table whose first row names a column for the {} ({}) and one for "
                           "the text ({}). docs/training-data.md shows what is read.",
                           list.string(), all.words().noun, joined(all.words().keys), joined(kTextKeys)));
  }
  TableRows rows(text, header->separator, header->separator == '\t' ? Quoting::OneLine : Quoting::Rfc4180);
  std::vector<std::string> cells;
  rows.next(cells);
  while (rows.next(cells)) {
    const std::string where = formatText("row {} of {}", rows.row(), list.filename().string());
    if (!rows.problem().empty()) {
      all.report().wrong(where, rows.problem());
    } else if (cells.size() != header->columns) {
      all.report().wrong(where, formatText("has {} cells where the header has {}", cells.size(), header->columns));
    } else if (trimmed(cells[header->file]).empty()) {
      all.report().wrong(where, formatText("names no {}", all.words().noun));
    } else {
      const Path file = list.parent_path() / trimmed(cells[header->file]);
      all.add(file.lexically_normal(), {cells[header->text]}, where);
    }
  }
  return {};
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
      all.report().wrong(where, formatText("has no {} with its caption beside it", text.filename().string()));
      continue;
    }
    const auto lines = captionLines(text);
    if (!lines) {
      all.report().wrong(where, formatText("has a caption file that cannot be used: {}", lines.error().message));
    } else {
      all.add(file, *lines, where);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Path>> filesUnder(const Path& folder, std::span<const std::string_view> endings) {
  std::vector<Path> files;
  std::error_code failed;
  std::filesystem::recursive_directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::recursive_directory_iterator(); entry.increment(failed)) {
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
      continue;
    }
    const std::string ending = lowerCase(entry->path().extension().string());
    std::error_code ignored;  // of a link to nowhere, which is kept: its row is wrong
    if (std::ranges::find(endings, ending) != endings.end() && !entry->is_directory(ignored)) {
      files.push_back(entry->path());
    }
  }
  if (failed) {
    return fail(ErrorCode::NotFound,
                formatText("The folder {} cannot be read: {}.", folder.string(), failed.message()));
  }
  std::ranges::sort(files);
  return files;
}

const json* firstOf(const json& row, std::span<const std::string_view> keys) {
  for (const auto key : keys) {
    const auto found = row.find(key);
    if (found != row.end()) return &*found;
  }
  return nullptr;
}

json parseObject(std::string_view text) {
  if (text.size() > kLongestRow) return json(json::value_t::discarded);
  const auto start = skipWhite(text, 0);
  const auto end = endOfValue(text, start);  // also bounds the depth
  if (start == text.size() || text[start] != '{' || !end) return json(json::value_t::discarded);
  return json::parse(text, nullptr, false);
}

JsonShape jsonShapeOf(std::string_view text) {
  const std::size_t start = skipWhite(text, 0);
  if (start == text.size()) return JsonShape::None;
  if (text[start] == '[') return JsonShape::Whole;
  if (text[start] != '{') return JsonShape::None;
  // An object that is alone and holds lists is one file; an object that ends on its own line is the first of many.
  const std::size_t lineEnd = std::min(text.find('\n', start), text.size());
  const auto end = endOfValue(text.substr(0, lineEnd), start);
  if (!end) return text.size() - start > lineEnd - start ? JsonShape::Whole : JsonShape::Lines;
  if (skipWhite(text, *end) < text.size()) return JsonShape::Lines;
  bool lists = false;
  const auto read = forEachElement(text, "", [&](auto key, auto, auto element) {
    lists = lists || (key != "conversations" && key != "turns" && element.starts_with('{'));
  });
  return read && lists ? JsonShape::Whole : JsonShape::Lines;
}

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
    if (const auto read = readFolder(all, list); !read) return tl::unexpected(read.error());
    return all.finish();
  }
  const auto opened = openText(list);
  if (!opened) return tl::unexpected(opened.error());
  Result<void> read;
  switch (jsonShapeOf(opened->text)) {
    case JsonShape::Lines: readJsonLines(all, list, opened->text); break;
    case JsonShape::Whole: read = readWholeJson(all, list, opened->text); break;
    case JsonShape::None: read = readTable(all, list, opened->text); break;
  }
  if (!read) return tl::unexpected(read.error());
  return all.finish();
}

}  // namespace xllm::data
