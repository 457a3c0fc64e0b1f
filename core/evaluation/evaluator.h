// Runs the tasks of an evaluation one after another. Answers come from the same backend as `xllm chat`'s, greedily. An
// item that fails is counted and told, and the others go on. Leaves out: where results are written (app/cli).
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/base/clip_decoder.h"
#include "core/base/result.h"
#include "core/evaluation/evaluation_config.h"
#include "core/evaluation/recogniser.h"
#include "core/generation/chat_backend.h"

namespace xllm::evaluation {

// What tasks work with; everything outlives the evaluation. `backend` and `decoder` may be nullptr when every task is
// Relative.
struct Tools {
  generation::ChatBackend* backend = nullptr;
  const ClipDecoder* decoder = nullptr;
  // Called when a task first needs it.
  std::function<Result<std::function<Recognised(const RgbImage&)>>(const std::filesystem::path& names)> openRecogniser;
  std::function<Result<std::unique_ptr<Judge>>(const JudgeConfig&)> openJudge = makeHttpJudge;
};

class Observer {
 public:
  virtual ~Observer() = default;
  // After each item: an object with "task", "item" (its number, from 1), what was asked and answered and how it was
  // counted, or "error".
  virtual void onItem(const TaskConfig& task, std::int64_t done, std::int64_t total, const nlohmann::json& item) = 0;
};

// One task's result: "task", "kind", "items" (done), "of" (all), "failed", "skippedRows" (of the list), "seconds", the
// figures of its kind, and "complete": false when it was stopped, with the figures of what was done. An Error is one
// that concerns the whole task: its list, its judge, the missing part of a pack.
Result<nlohmann::json> runTask(const TaskConfig& task, const Tools& tools, std::stop_token stop, Observer& observer);

}  // namespace xllm::evaluation
