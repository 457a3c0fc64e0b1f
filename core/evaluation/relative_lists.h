// The three files of a relative score, joined by their ids.
#pragma once

#include <filesystem>
#include <vector>

#include "core/base/result.h"
#include "core/evaluation/relative_score.h"

namespace xllm::evaluation {

// JSON lines. Questions: {"id", "question", "context"?, "category"?}; answers and reference: {"id", "answer"}. LLaVA's
// "question_id" and "text" are understood too. BadInput names every question without an answer, every wrong row.
Result<std::vector<JudgedQuestion>> readJudgedQuestions(const std::filesystem::path& questions,
                                                        const std::filesystem::path& answers,
                                                        const std::filesystem::path& reference);

}  // namespace xllm::evaluation
