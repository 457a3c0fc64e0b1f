#include "core/evaluation/relative_lists.h"

#include <array>
#include <functional>
#include <map>

#include <nlohmann/json.hpp>

#include "core/data/format_text.h"
#include "core/data/list_rows.h"
#include "core/data/row_report.h"
#include "core/data/text_rows.h"

namespace xllm::evaluation {

namespace {

using nlohmann::json;
constexpr std::array<std::string_view, 2> kIds{"id", "question_id"};
constexpr std::array<std::string_view, 2> kQuestions{"question", "text"};
constexpr std::array<std::string_view, 2> kAnswers{"answer", "text"};

// Calls `take` with each row that has an id of its own.
Result<void> readRows(const std::filesystem::path& file,
                      const std::function<void(const std::string& id, const json& row, const std::string& where,
                                               data::RowReport& report)>& take) {
  const auto opened = data::openText(file);
  if (!opened) return tl::unexpected(opened.error());
  data::RowReport report(file, {}, nullptr);
  std::map<std::string, std::string> seen;
  const auto read = data::forEachObject(file, opened->text, report, [&](const json& row, const std::string& where) {
    const json* id = data::firstOf(row, kIds);
    if (id == nullptr || (!id->is_string() && !id->is_number_integer())) return report.wrong(where, "has no \"id\"");
    const std::string name = id->is_string() ? id->get<std::string>() : id->dump();
    const auto [place, fresh] = seen.emplace(name, where);
    if (!fresh) return report.wrong(where, data::formatText("has the \"id\" of {}", place->second));
    take(name, row, where, report);
  });
  if (!read) return read;
  return report.finish(seen.size());
}

Result<std::map<std::string, std::string>> readAnswers(const std::filesystem::path& file) {
  std::map<std::string, std::string> answers;
  const auto read =
      readRows(file, [&](const std::string& id, const json& row, const std::string& where, data::RowReport& report) {
        const json* answer = data::firstOf(row, kAnswers);
        if (answer == nullptr || !answer->is_string()) return report.wrong(where, "has no \"answer\"");
        answers.emplace(id, answer->get<std::string>());
      });
  if (!read) return tl::unexpected(read.error());
  return answers;
}

}  // namespace

Result<std::vector<JudgedQuestion>> readJudgedQuestions(const std::filesystem::path& questions,
                                                        const std::filesystem::path& answers,
                                                        const std::filesystem::path& reference) {
  const auto ours = readAnswers(answers);
  if (!ours) return tl::unexpected(ours.error());
  const auto theirs = readAnswers(reference);
  if (!theirs) return tl::unexpected(theirs.error());
  std::vector<JudgedQuestion> joined;
  const auto read = readRows(
      questions, [&](const std::string& id, const json& row, const std::string& where, data::RowReport& report) {
        const json* question = data::firstOf(row, kQuestions);
        const json context = row.value("context", json("")), category = row.value("category", json(""));
        if (question == nullptr || !question->is_string() || !context.is_string() || !category.is_string()) {
          return report.wrong(where, "needs \"question\", and \"context\" and \"category\", if given, as texts");
        }
        const auto our = ours->find(id), their = theirs->find(id);
        if (our == ours->end() || their == theirs->end()) {
          const auto& file = our == ours->end() ? answers : reference;
          return report.wrong(where, data::formatText("has no answer in {}", file.string()));
        }
        joined.push_back({id, category.get<std::string>(), context.get<std::string>(), question->get<std::string>(),
                          their->second, our->second});
      });
  if (!read) return tl::unexpected(read.error());
  return joined;
}

}  // namespace xllm::evaluation
