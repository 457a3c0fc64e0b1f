#include "core/training/clip_list.h"

#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"

namespace xllm::training {

namespace {

using nlohmann::json;

constexpr std::size_t kWords = 3;  // parts of "words"

// What is wrong with the row, as the end of a sentence; empty when nothing is.
std::string problemWith(const json& row) {
  if (row.is_discarded() || !row.is_object()) return "is not a JSON object";
  for (const char* const key : {"video", "ask", "answer"}) {
    const auto field = row.find(key);
    if (field == row.end() || !field->is_string() || field->get_ref<const std::string&>().empty()) {
      return data::formatText("has no \"{}\"", key);
    }
  }
  const auto words = row.find("words");
  if (words == row.end()) return {};
  bool fine = words->is_array() && words->size() == kWords;
  if (fine) {
    for (const json& part : *words) fine = fine && part.is_string();
  }
  return fine ? "" : "has \"words\" that are not three texts: a thing, a second one or \"\", what happens";
}

}  // namespace

Result<std::vector<ClipQuestion>> readClipQuestions(const std::filesystem::path& list) {
  std::ifstream file(list);
  if (!file)
    return fail(ErrorCode::NotFound, data::formatText("The list of clips {} cannot be opened.", list.string()));
  std::vector<ClipQuestion> questions;
  std::string text;
  for (std::size_t line = 1; std::getline(file, text); ++line) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const json row = json::parse(text, nullptr, false);
    if (const std::string problem = problemWith(row); !problem.empty()) {
      return fail(ErrorCode::BadInput, data::formatText("Line {} of {} {}. Correct the list and start again.", line,
                                                        list.string(), problem));
    }
    ClipQuestion question{list.parent_path() / row["video"].get<std::string>(), row["ask"].get<std::string>(),
                          row["answer"].get<std::string>(), row.value("words", std::vector<std::string>())};
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(question.video, ignored)) {
      return fail(ErrorCode::NotFound, data::formatText("Line {} of {} names {}, which is not there.", line,
                                                        list.string(), question.video.string()));
    }
    questions.push_back(std::move(question));
  }
  if (questions.empty())
    return fail(ErrorCode::BadInput, data::formatText("The list of clips {} is empty.", list.string()));
  return questions;
}

}  // namespace xllm::training
