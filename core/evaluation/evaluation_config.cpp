#include "core/evaluation/evaluation_config.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/data/config_file.h"
#include "core/data/format_text.h"
#include "core/x2l/config_fields.h"

namespace xllm::evaluation {

namespace {

using nlohmann::json;
using x2l::ConfigFields;

constexpr x2l::EnumNames<TaskKind, 6> kKinds{{{"transcription", TaskKind::Transcription},
                                              {"retention", TaskKind::Retention},
                                              {"question", TaskKind::Question},
                                              {"choice", TaskKind::Choice},
                                              {"caption", TaskKind::Caption},
                                              {"relative", TaskKind::Relative}}};
constexpr x2l::EnumNames<TextUnit, 2> kUnits{{{"words", TextUnit::Words}, {"characters", TextUnit::Characters}}};
constexpr x2l::EnumNames<bool, 2> kMedia{{{"pictures", false}, {"clips", true}}};
constexpr std::int64_t kNone = 0;

tl::unexpected<Error> wrong(std::string sentence) { return fail(ErrorCode::BadInput, std::move(sentence)); }

void readPath(ConfigFields& fields, std::string_view key, const std::filesystem::path& folder, bool needed,
              std::filesystem::path& path) {
  std::string text;
  fields.read(key, text);
  fields.require(!needed || !text.empty(), data::formatText("needs \"{}\", a path", key));
  path = text.empty() ? std::filesystem::path() : (folder / text).lexically_normal();
}

// Takes `key` out of `fields`, so that what is left is flat.
json takeOut(json& fields, const char* key) {
  json value = fields.value(key, json());
  fields.erase(key);
  return value;
}

Result<JudgeConfig> readJudge(const json& given, const std::string& where) {
  JudgeConfig judge;
  ConfigFields fields(given, where);
  fields.read("url", judge.url);
  fields.read("model", judge.model);
  fields.read("keyVariable", judge.keyVariable);
  fields.read("timeoutSeconds", judge.timeoutSeconds, 1);
  fields.read("retries", judge.retries, kNone);
  fields.read("firstWaitSeconds", judge.firstWaitSeconds, 0.0, 60.0);
  fields.read("maxTokens", judge.maxTokens, 1);
  fields.require(!judge.url.empty() && !judge.model.empty(), "needs \"url\" and \"model\"");
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  return judge;
}

// The keys that only one kind has.
void readOwnKeys(ConfigFields& fields, const std::filesystem::path& folder, TaskConfig& task) {
  switch (task.kind) {
    case TaskKind::Transcription:
      fields.read("unit", task.unit, kUnits);
      fields.read("throughLlm", task.throughLlm);
      break;
    case TaskKind::Retention:
      task.question = "What is in this picture?";
      fields.read("question", task.question);
      readPath(fields, "names", folder, true, task.names);
      fields.read("sure", task.sure, 0.0, 1.0);
      break;
    case TaskKind::Question: fields.read("exact", task.exact); break;
    case TaskKind::Choice: break;
    case TaskKind::Caption:
      fields.read("media", task.clips, kMedia);
      task.question = task.clips ? "What happens in this clip?" : "What is in this picture?";
      fields.read("question", task.question);
      break;
    case TaskKind::Relative:
      readPath(fields, "answers", folder, true, task.answers);
      readPath(fields, "reference", folder, true, task.reference);
      break;
  }
  if (task.kind == TaskKind::Relative) return;
  fields.read("maxTokens", task.maxTokens, 1);
  if (task.kind == TaskKind::Transcription) return;
  fields.read("zeroImage", task.zeroImage);
  fields.read("frames", task.frames, 1);
}

Result<TaskConfig> readTask(json given, const std::filesystem::path& folder, std::size_t number) {
  TaskConfig task;
  const std::string where = data::formatText("Task {} of the evaluation config", number);
  if (!given.is_object()) return wrong(where + " is not a JSON object.");
  const json kind = given.value("kind", json());
  if (kind == "relative") {
    auto judge = readJudge(takeOut(given, "judge"), where + ", \"judge\",");
    if (!judge) return tl::unexpected(judge.error());
    task.judge = std::move(*judge);
  }
  ConfigFields fields(given, where);
  fields.read("kind", task.kind, kKinds);
  fields.require(given.contains("kind"),
                 "needs \"kind\": transcription, retention, question, choice, caption or relative");
  fields.read("name", task.name);
  readPath(fields, "list", folder, true, task.list);
  fields.read("limit", task.limit, kNone);
  fields.read("skipWrongRows", task.skipWrongRows);
  readOwnKeys(fields, folder, task);
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  if (task.name.empty()) task.name = nameOf(task.kind);
  return task;
}

}  // namespace

std::string_view nameOf(TaskKind kind) { return x2l::nameOf(kind, kKinds); }

bool EvaluationConfig::needsModel() const {
  return std::ranges::any_of(tasks, [](const TaskConfig& task) { return task.kind != TaskKind::Relative; });
}

Result<EvaluationConfig> evaluationConfig(const json& given, const std::filesystem::path& base) {
  if (!given.is_object()) return wrong("The evaluation config is not a JSON object.");
  EvaluationConfig config;
  json flat = given;
  const json tasks = takeOut(flat, "tasks");
  ConfigFields fields(flat, "The evaluation config");
  std::string place;
  fields.read("folder", place);
  const std::filesystem::path folder = base / place;
  fields.read("model", config.model);
  readPath(fields, "report", folder, false, config.report);
  readPath(fields, "items", folder, false, config.items);
  fields.require(tasks.is_array() && !tasks.empty(), "needs \"tasks\", a list");
  if (auto fine = fields.finish(); !fine) return tl::unexpected(fine.error());
  if (config.items.empty() && !config.report.empty()) {
    config.items = config.report;
    config.items.replace_extension(".items.jsonl");
  }
  for (const json& task : tasks) {
    auto read = readTask(task, folder, config.tasks.size() + 1);
    if (!read) return tl::unexpected(read.error());
    config.tasks.push_back(std::move(*read));
  }
  return config;
}

Result<EvaluationConfig> readEvaluationConfig(const std::filesystem::path& file) {
  const auto config = data::readConfigFile(file, "The evaluation config");
  if (!config) return tl::unexpected(config.error());
  return evaluationConfig(*config, std::filesystem::absolute(file).parent_path());
}

}  // namespace xllm::evaluation
