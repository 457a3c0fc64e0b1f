#include "core/evaluation/evaluation_config.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace xllm::evaluation {
namespace {

std::string complaint(const char* text) {
  const auto config = evaluationConfig(nlohmann::json::parse(text), "/base");
  return config ? "accepted" : config.error().message;
}

TEST(EvaluationConfig, ReadsEveryKindOfTask) {
  const auto config =
      evaluationConfig(nlohmann::json::parse(R"({"folder": "data", "report": "out/report.json", "tasks": [
      {"kind": "transcription", "name": "humans", "list": "h.jsonl", "unit": "characters", "limit": 5},
      {"kind": "retention", "list": "p.jsonl", "names": "n.txt", "sure": 0.6, "question": "What?"},
      {"kind": "question", "list": "q.jsonl", "exact": true},
      {"kind": "choice", "list": "c.jsonl", "zeroImage": true},
      {"kind": "caption", "list": "clips.csv", "media": "clips", "frames": 4},
      {"kind": "relative", "list": "q.jsonl", "answers": "a.jsonl", "reference": "r.jsonl",
       "judge": {"url": "http://127.0.0.1:1", "model": "m", "keyVariable": "KEY", "retries": 0}}]})"),
                       "/base");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->report, "/base/data/out/report.json");
  EXPECT_EQ(config->items, "/base/data/out/report.items.jsonl");
  ASSERT_EQ(config->tasks.size(), 6U);
  EXPECT_EQ(config->tasks[0].name, "humans");
  EXPECT_EQ(config->tasks[0].unit, TextUnit::Characters);
  EXPECT_EQ(config->tasks[0].limit, 5);
  EXPECT_EQ(config->tasks[1].name, "retention");
  EXPECT_EQ(config->tasks[1].names, "/base/data/n.txt");
  EXPECT_TRUE(config->tasks[2].exact);
  EXPECT_TRUE(config->tasks[3].zeroImage);
  EXPECT_TRUE(config->tasks[4].clips);
  EXPECT_EQ(config->tasks[5].judge.keyVariable, "KEY");
  EXPECT_TRUE(config->needsModel());
}

TEST(EvaluationConfig, RefusesWhatItDoesNotKnowWithTheNearestKey) {
  EXPECT_NE(complaint(R"({"taks": [], "tasks": [{"kind": "question", "list": "x"}]})").find("did you mean"),
            std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": []})").find("\"tasks\""), std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"kind": "question", "lst": "x"}]})").find("did you mean \"list\""),
            std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"kind": "questoin", "list": "x"}]})").find("did you mean \"question\""),
            std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"list": "x"}]})").find("needs \"kind\""), std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"kind": "question"}]})").find("needs \"list\""), std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"kind": "question", "list": "x", "unit": "words"}]})").find("\"unit\""),
            std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"kind": "retention", "list": "x"}]})").find("needs \"names\""), std::string::npos);
  EXPECT_NE(complaint(R"({"tasks": [{"kind": "relative", "list": "x", "answers": "a", "reference": "r",
                          "judge": {"url": "http://x", "modle": "m"}}]})")
                .find("did you mean \"model\""),
            std::string::npos);
  EXPECT_EQ(readEvaluationConfig("/nowhere.json").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace xllm::evaluation
