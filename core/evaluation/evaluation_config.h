// What is measured, read from a JSON file: a list of tasks, each with its data. Unknown or wrong keys are refused with
// the nearest right one; docs/evaluation.md lists all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/base/result.h"
#include "core/evaluation/judge.h"
#include "core/evaluation/text_errors.h"

namespace xllm::evaluation {

enum class TaskKind {
  Transcription = 1,  // recordings: what S2L, or the language model, writes down, against their words
  Retention,          // pictures: does the answer name what the frozen encoder itself knows
  Question,           // conversations: does the answer hold one of the accepted phrases
  Choice,             // conversations with choices: is the right one chosen
  Caption,            // pictures or clips: how near the answer is to their captions
  Relative,           // two files of answers: a judge's scores
};

struct TaskConfig {
  TaskKind kind = TaskKind::Transcription;
  std::string name;            // for the report; empty: the kind's name
  std::filesystem::path list;  // of Relative: the questions
  std::int64_t limit = 0;      // only the first so many items; 0: all
  bool skipWrongRows = false;
  std::string question;         // Retention, Caption
  std::int64_t maxTokens = 64;  // of an answer
  bool zeroImage = false;       // for comparison: what is seen is replaced by zeros

  TextUnit unit = TextUnit::Words;  // Transcription
  bool throughLlm = false;
  std::filesystem::path names;  // Retention: one class name a line, in the classifier's order
  double sure = 0.5;
  bool exact = false;                        // Question: the whole answer must be the phrase
  bool clips = false;                        // Caption: "media": "clips"
  std::int64_t frames = 8;                   // of a clip
  std::filesystem::path answers, reference;  // Relative
  JudgeConfig judge;
};

struct EvaluationConfig {
  std::string model;                    // folder or name of a pack; empty: the starter
  std::filesystem::path report, items;  // files to write; empty: none. Items: a line each, as soon as it is done
  std::vector<TaskConfig> tasks;

  bool needsModel() const;
};

// Paths are relative to the key "folder", which is relative to the file's own folder.
Result<EvaluationConfig> readEvaluationConfig(const std::filesystem::path& file);
Result<EvaluationConfig> evaluationConfig(const nlohmann::json& json, const std::filesystem::path& base);

// "transcription", …
std::string_view nameOf(TaskKind kind);

}  // namespace xllm::evaluation
