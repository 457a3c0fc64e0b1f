#include "core/training/answer_lists.h"

#include <fstream>
#include <functional>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"
#include "core/training/clip_features.h"

namespace xllm::training {

namespace {

using data::formatText;
using nlohmann::json;

// What a line is about, and its dialogue; gives back what is wrong with it, or nothing.
using RowReader = std::function<std::string(const json& about, Dialogue dialogue)>;

std::string textOf(const json& row, const char* key) {
  const auto found = row.find(key);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Every line of `file` that is not blank goes to `read`.
Result<void> readAnswers(const std::filesystem::path& file, const char* key, const RowReader& read) {
  std::ifstream stream(file);
  if (!stream) return fail(ErrorCode::NotFound, formatText("The answers {} cannot be opened.", file.string()));
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto row = json::parse(line, nullptr, false);
    const Dialogue dialogue = row.is_object() ? Dialogue{textOf(row, "ask"), textOf(row, "answer")} : Dialogue();
    const bool complete = !dialogue.ask.empty() && !dialogue.answer.empty() && row.contains(key);
    const std::string wrong =
        complete ? read(row[key], dialogue) : formatText("needs \"{}\", and texts \"ask\" and \"answer\".", key);
    if (!wrong.empty()) {
      return fail(ErrorCode::BadInput, formatText("Line {} of {} {}", number, file.string(), wrong));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::vector<Dialogue>>> readClassAnswers(const std::filesystem::path& file, std::int64_t classes) {
  std::vector<std::vector<Dialogue>> answers(static_cast<std::size_t>(classes));
  const auto read = readAnswers(file, "class", [&](const json& about, Dialogue dialogue) -> std::string {
    if (!about.is_number_unsigned() || about.get<std::uint64_t>() >= answers.size()) {
      return formatText("is about class {}, but the {} classes have the numbers from 0 to {}.", about.dump(), classes,
                        classes - 1);
    }
    answers[about.get<std::size_t>()].push_back(std::move(dialogue));
    return "";
  });
  if (!read) return tl::unexpected(read.error());
  return answers;
}

Result<ClipAnswers> readClipAnswers(const std::filesystem::path& file) {
  ClipAnswers answers;
  std::string events;
  for (const auto event : kClipEvents) {
    answers[wordsOf(event)] = {};
    events += (events.empty() ? "" : ", ") + wordsOf(event);
  }
  const auto read = readAnswers(file, "event", [&](const json& about, Dialogue dialogue) -> std::string {
    const auto known = about.is_string() ? answers.find(about.get<std::string>()) : answers.end();
    if (known == answers.end())
      return formatText("is about the event {}; it must be one of: {}.", about.dump(), events);
    known->second.push_back(std::move(dialogue));
    return "";
  });
  if (!read) return tl::unexpected(read.error());
  for (const auto& [event, dialogues] : answers) {
    if (!dialogues.empty()) continue;
    return fail(ErrorCode::BadInput,
                formatText("{} has no line about the event \"{}\"; add one.", file.string(), event));
  }
  return answers;
}

}  // namespace xllm::training
