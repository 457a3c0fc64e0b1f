// What the readers of example lists share: the rows of JSON files and of tables, and the files of a folder.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"
#include "core/data/row_report.h"

namespace xllm::data {

using Names = std::span<const std::string_view>;

enum class JsonShape {
  None = 1,  // no JSON
  Lines,     // an object a line
  Whole,     // one list, or one object with lists in it
};
// Told by its first value alone: whether it ends on its line, and whether it holds lists of rows.
JsonShape jsonShapeOf(std::string_view text);

// Calls `take` with each JSON object of `text`, in lines or lists; what is no object goes to `report`. `where` is
// "line 7 of x.jsonl" or "entry 7 of x.json". BadInput when a whole file is malformed.
using TakeObject = std::function<void(const nlohmann::json& row, const std::string& where)>;
Result<void> forEachObject(const std::filesystem::path& list, std::string_view text, RowReport& report,
                           const TakeObject& take);

// One JSON object parsed; discarded when it is no object, not valid, too long or too deep.
nlohmann::json parseObject(std::string_view text);
// What is wrong with a text that parseObject() discarded.
RowProblem noObject(std::string_view text);
// The first of `keys` that `row` has; nullptr without one.
const nlohmann::json* firstOf(const nlohmann::json& row, Names keys);

struct TableRow {
  std::string file, text;  // the cells of the two columns asked for, without white space around them
  std::string extra;       // of the third, empty when the table has none
};
struct TableColumns {
  Names file, text;  // what the header may call them, best first
  Names extra = {};
};
// Calls `take` with each row of a table whose first row names a column of `file` and one of `text`, between commas,
// tabs, semicolons or bars. Rows of another length go to `report`. BadInput when there is no such header.
using TakeRow = std::function<void(const TableRow& row, const std::string& where)>;
Result<void> forEachTableRow(const std::filesystem::path& list, std::string_view text, const TableColumns& columns,
                             RowReport& report, const TakeRow& take);

// Every file under `folder` whose name ends in one of `endings` (upper or lower case), sorted; hidden ones left out.
Result<std::vector<std::filesystem::path>> filesUnder(const std::filesystem::path& folder, Names endings);

// Endings of the names of files that are read.
extern const Names kPictureEndings, kSoundEndings, kClipEndings;
// What lists call the file of a picture.
extern const Names kPictureKeys;

// `"a", "b"`
std::string quoted(Names names);

}  // namespace xllm::data
