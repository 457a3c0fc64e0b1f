#include "core/training/class_answers.h"

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"

namespace xllm::training {

namespace {

// Nothing where a field is missing or of another kind.
Dialogue dialogueOf(const nlohmann::json& row) {
  const auto text = [&](const char* key) {
    const auto found = row.find(key);
    return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return {text("ask"), text("answer")};
}

}  // namespace

Result<std::vector<std::vector<Dialogue>>> readClassAnswers(const std::filesystem::path& file, std::int64_t classes) {
  std::ifstream stream(file);
  if (!stream) return fail(ErrorCode::NotFound, data::formatText("The answers {} cannot be opened.", file.string()));
  std::vector<std::vector<Dialogue>> answers(static_cast<std::size_t>(classes));
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto row = nlohmann::json::parse(line, nullptr, false);
    const bool numbered = row.is_object() && row.contains("class") && row["class"].is_number_unsigned();
    const Dialogue dialogue = numbered ? dialogueOf(row) : Dialogue();
    if (dialogue.ask.empty() || dialogue.answer.empty()) {
      return fail(ErrorCode::BadInput,
                  data::formatText("Line {} of {} needs \"class\", a number, and \"ask\" and \"answer\", both text.",
                                   number, file.string()));
    }
    const auto place = row["class"].get<std::uint64_t>();
    if (place >= answers.size()) {
      return fail(ErrorCode::BadInput, data::formatText("Line {} of {} is about class {}, but there are {} classes.",
                                                        number, file.string(), place, classes));
    }
    answers[place].push_back(dialogue);
  }
  return answers;
}

}  // namespace xllm::training
