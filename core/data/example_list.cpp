#include "core/data/example_list.h"

#include <fstream>
#include <functional>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"

namespace xllm::data {

namespace {

using nlohmann::json;

tl::unexpected<Error> wrongLine(const std::filesystem::path& list, std::size_t line, const std::string& what) {
  return fail(ErrorCode::BadInput,
              formatText("Line {} of {} {}. Correct the list and start again.", line, list.string(), what));
}

// Calls `take` with each line's object; stops at the first that is refused.
Result<void> forEachObject(const std::filesystem::path& list,
                           const std::function<Result<void>(const json& row, std::size_t line)>& take) {
  std::ifstream file(list);
  if (!file) return fail(ErrorCode::NotFound, formatText("The list of examples {} cannot be opened.", list.string()));
  std::string text;
  std::size_t taken = 0;
  for (std::size_t line = 1; std::getline(file, text); ++line) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const json row = json::parse(text, nullptr, false);
    if (row.is_discarded() || !row.is_object()) return wrongLine(list, line, "is not a JSON object");
    if (const auto fine = take(row, line); !fine) return fine;
    ++taken;
  }
  if (taken == 0) return fail(ErrorCode::BadInput, formatText("The list of examples {} is empty.", list.string()));
  return {};
}

Result<std::filesystem::path> fileOf(const json& row, const char* key, const std::filesystem::path& list,
                                     std::size_t line) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_string()) return wrongLine(list, line, formatText("has no \"{}\" file", key));
  const std::filesystem::path path = list.parent_path() / found->get<std::string>();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return fail(ErrorCode::NotFound,
                formatText("Line {} of {} names {}, which is not there.", line, list.string(), path.string()));
  }
  return path;
}

}  // namespace

Result<std::vector<SpeechExample>> readSpeechList(const std::filesystem::path& list) {
  std::vector<SpeechExample> examples;
  const auto read = forEachObject(list, [&](const json& row, std::size_t line) -> Result<void> {
    auto audio = fileOf(row, "audio", list, line);
    if (!audio) return tl::unexpected(audio.error());
    const auto text = row.find("text");
    if (text == row.end() || !text->is_string() || text->get<std::string>().empty()) {
      return wrongLine(list, line, "has no \"text\"");
    }
    const json& voice = row.value("voice", json(""));
    const json& seconds = row.value("seconds", json(0));
    if (!voice.is_string() || !seconds.is_number()) {
      return wrongLine(list, line, "has a \"voice\" that is not a string or \"seconds\" that are not a number");
    }
    examples.push_back({std::move(*audio), text->get<std::string>(), voice.get<std::string>(), seconds.get<double>()});
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return examples;
}

Result<std::vector<PictureExample>> readPictureList(const std::filesystem::path& list) {
  std::vector<PictureExample> examples;
  const auto read = forEachObject(list, [&](const json& row, std::size_t line) -> Result<void> {
    auto picture = fileOf(row, "picture", list, line);
    if (!picture) return tl::unexpected(picture.error());
    examples.push_back({std::move(*picture)});
    return {};
  });
  if (!read) return tl::unexpected(read.error());
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

}  // namespace xllm::data
