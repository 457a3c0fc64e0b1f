#include "core/data/list_rows.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"
#include "core/data/json_elements.h"
#include "core/data/text_rows.h"
#include "core/weights/utf8.h"

namespace xllm::data {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> kPictures{".jpg", ".jpeg", ".png",  ".webp", ".bmp",
                                                    ".gif", ".tif",  ".tiff", ".ppm"};
constexpr std::array<std::string_view, 10> kSounds{".wav", ".flac", ".mp3", ".ogg",  ".opus",
                                                   ".m4a", ".aac",  ".wma", ".g722", ".webm"};
constexpr std::array<std::string_view, 9> kClips{".mp4", ".mkv", ".webm", ".avi", ".mov",
                                                 ".m4v", ".mpg", ".mpeg", ".gif"};
constexpr std::array<std::string_view, 6> kPictureNames{"picture",   "image",    "image_path",
                                                        "file_name", "filename", "file"};

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char sign) { return sign >= 'A' && sign <= 'Z' ? static_cast<char>(sign + 32) : sign; });
  return lower;
}

struct Header {
  char separator = ',';
  std::size_t file = 0, text = 0, extra = 0, columns = 0;
};

std::optional<Header> headerOf(std::string_view text, const TableColumns& wanted) {
  for (const char separator : {',', '\t', ';', '|'}) {
    std::vector<std::string> cells;
    TableRows rows(text.substr(0, kLongestRow), separator, Quoting::Rfc4180);
    if (!rows.next(cells) || !rows.problem().empty()) continue;
    for (std::string& cell : cells) cell = lowerCase(trimmed(cell));
    const auto column = [&](Names names) {
      for (const auto name : names) {
        const auto found = std::ranges::find(cells, name);
        if (found != cells.end()) return static_cast<std::size_t>(found - cells.begin());
      }
      return cells.size();
    };
    const Header header{separator, column(wanted.file), column(wanted.text), column(wanted.extra), cells.size()};
    if (header.file < cells.size() && header.text < cells.size()) return header;
  }
  return std::nullopt;
}

// Whether the one object that a text is holds lists of objects, rather than being such an object itself.
bool holdsRows(std::string_view text) {
  bool rows = false;
  const auto read = forEachElement(text, "", [&](std::string_view key, std::int64_t, std::string_view element) {
    rows = rows || (key != "conversations" && key != "turns" && element.starts_with('{'));
  });
  return read && rows;
}

}  // namespace

const Names kPictureEndings{kPictures}, kSoundEndings{kSounds}, kClipEndings{kClips}, kPictureKeys{kPictureNames};

JsonShape jsonShapeOf(std::string_view text) {
  const std::size_t start = skipWhite(text, 0);
  if (start == text.size()) return JsonShape::None;
  if (text[start] == '[') return JsonShape::Whole;
  if (text[start] != '{') return JsonShape::None;
  // An object that is alone and holds lists of objects is one file; one that ends on its own line is the first of many.
  const std::size_t lineEnd = std::min(text.find('\n', start), text.size());
  const auto end = endOfValue(text.substr(0, lineEnd), start);
  if (!end) return lineEnd < text.size() ? JsonShape::Whole : JsonShape::Lines;
  return skipWhite(text, *end) == text.size() && holdsRows(text) ? JsonShape::Whole : JsonShape::Lines;
}

Result<void> forEachObject(const std::filesystem::path& list, std::string_view text, RowReport& report,
                           const TakeObject& take) {
  const std::string name = list.filename().string();
  const auto parse = [&](std::string_view row, const std::string& where) {
    const json object = parseObject(row);
    if (object.is_discarded()) return report.wrong(where, noObject(row));
    take(object, where);
  };
  if (jsonShapeOf(text) == JsonShape::Whole) {
    const std::string_view whole = trimmed(text);
    if (whole.starts_with('{') && !holdsRows(whole) && endOfValue(whole, 0) == whole.size()) {
      parse(whole, formatText("entry 1 of {}", name));  // one row, over several lines
      return {};
    }
    return forEachElement(text, list.string(),
                          [&](std::string_view key, std::int64_t number, std::string_view element) {
                            parse(element, key.empty() ? formatText("entry {} of {}", number, name)
                                                       : formatText("entry {} of \"{}\" in {}", number, key, name));
                          });
  }
  TextLines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (!trimmed(line).empty()) parse(line, formatText("line {} of {}", lines.number(), name));
  }
  return {};
}

RowProblem noObject(std::string_view text) {
  if (!weights::isUtf8(text)) return {"is not valid UTF-8", Fault::NotUtf8};
  return {"is not a JSON object"};
}

json parseObject(std::string_view text) {
  if (text.size() > kLongestRow) return json(json::value_t::discarded);
  const auto start = skipWhite(text, 0);
  if (start == text.size() || text[start] != '{' || !endOfValue(text, start)) {  // the latter bounds the depth
    return json(json::value_t::discarded);
  }
  return json::parse(text, nullptr, false);
}

const json* firstOf(const json& row, Names keys) {
  for (const auto key : keys) {
    const auto found = row.find(key);
    if (found != row.end()) return &*found;
  }
  return nullptr;
}

Result<void> forEachTableRow(const std::filesystem::path& list, std::string_view text, const TableColumns& columns,
                             RowReport& report, const TakeRow& take) {
  const auto header = headerOf(text, columns);
  if (!header) {
    return fail(ErrorCode::BadInput,
                formatText("{} is neither JSON nor a table whose first row names a column for the file ({}) and one "
                           "for the text ({}). docs/training-data.md shows what is read.",
                           list.string(), quoted(columns.file), quoted(columns.text)));
  }
  TableRows rows(text, header->separator, header->separator == '\t' ? Quoting::OneLine : Quoting::Rfc4180);
  std::vector<std::string> cells;
  rows.next(cells);
  while (rows.next(cells)) {
    const std::string where = formatText("row {} of {}", rows.row(), list.filename().string());
    if (!rows.problem().empty()) {
      report.wrong(where, rows.problem());
    } else if (cells.size() != header->columns) {
      report.wrong(where, formatText("has {} cells where the header has {}", cells.size(), header->columns));
    } else if (trimmed(cells[header->file]).empty()) {
      report.wrong(where, "names no file");
    } else {
      const bool extra = header->extra < header->columns;
      take({std::string(trimmed(cells[header->file])), std::string(trimmed(cells[header->text])),
            extra ? std::string(trimmed(cells[header->extra])) : std::string()},
           where);
    }
  }
  return {};
}

Result<std::vector<std::filesystem::path>> filesUnder(const std::filesystem::path& folder, Names endings) {
  std::vector<std::filesystem::path> files;
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

std::string quoted(Names names) {
  std::string text;
  for (const auto name : names) text += formatText("{}\"{}\"", text.empty() ? "" : ", ", name);
  return text;
}

}  // namespace xllm::data
