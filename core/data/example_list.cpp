#include "core/data/example_list.h"

#include <fstream>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"
#include "core/data/list_rows.h"
#include "core/data/row_report.h"
#include "core/data/text_rows.h"

namespace xllm::data {

Result<std::vector<PictureExample>> readPictureList(const std::filesystem::path& source, const ListOptions& options,
                                                    ListNotes* notes) {
  RowReport report(source, options, notes);
  std::vector<PictureExample> examples;
  const auto add = [&](const std::filesystem::path& file, const std::string& where) {
    if (const auto problem = problemWith(file, FileKind::Picture)) return report.wrong(where, *problem);
    examples.push_back({file, where});
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(source, ignored)) {
    report.setForm("folder");
    const auto files = filesUnder(source, kPictureEndings);
    if (!files) return tl::unexpected(files.error());
    for (const auto& file : *files) add(file, file.lexically_relative(source).string());
  } else {
    const auto opened = openText(source);
    if (!opened) return tl::unexpected(opened.error());
    const auto take = [&](const nlohmann::json& row, const std::string& where) {
      const nlohmann::json* name = firstOf(row, kPictureKeys);
      if (name == nullptr || !name->is_string()) return report.wrong(where, "has no \"picture\" file");
      add((source.parent_path() / name->get<std::string>()).lexically_normal(), where);
    };
    report.setForm(jsonShapeOf(opened->text) == JsonShape::Whole ? "JSON list" : "JSON lines");
    const auto read = forEachObject(source, opened->text, report, take);
    if (!read) return tl::unexpected(read.error());
  }
  if (const auto fine = report.finish(examples.size()); !fine) return tl::unexpected(fine.error());
  return examples;
}

Result<std::vector<std::string>> readNames(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream)
    return fail(ErrorCode::NotFound, formatText("The file of class names {} cannot be opened.", file.string()));
  std::vector<std::string> names;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    names.push_back(line);
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  return names;
}

Result<std::vector<std::string>> readNames(const std::filesystem::path& file, std::int64_t classes) {
  auto names = readNames(file);
  if (names && std::ssize(*names) != classes) {
    return fail(ErrorCode::BadInput, formatText("{} has {} names, but the encoder knows {} classes.", file.string(),
                                                names->size(), classes));
  }
  return names;
}

}  // namespace xllm::data
