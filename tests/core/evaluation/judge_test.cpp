// What needs no server; the exchange itself is tested with a local one by tests/app/evaluate_test.py.
#include "core/evaluation/judge.h"

#include <gtest/gtest.h>

namespace xllm::evaluation {
namespace {

TEST(Judge, IsAskedAtTheChatCompletionsOfItsServer) {
  EXPECT_EQ(completionsUrl("https://a.example"), "https://a.example/v1/chat/completions");
  EXPECT_EQ(completionsUrl("http://a:8000/v1/"), "http://a:8000/v1/chat/completions");
  EXPECT_EQ(completionsUrl("http://a/v1/chat/completions"), "http://a/v1/chat/completions");
}

TEST(Judge, NeedsAWebAddressAndItsKey) {
  JudgeConfig config;
  config.url = "file:///etc/passwd";
  const auto file = makeHttpJudge(config);
  ASSERT_FALSE(file);
  if (file.error().code == ErrorCode::Unsupported) GTEST_SKIP() << "built without libcurl";
  EXPECT_EQ(file.error().code, ErrorCode::BadInput);
  config.url = "http://127.0.0.1:1";
  config.keyVariable = "XLLM_NO_SUCH_VARIABLE";
  const auto keyless = makeHttpJudge(config);
  ASSERT_FALSE(keyless);
  EXPECT_NE(keyless.error().message.find("XLLM_NO_SUCH_VARIABLE"), std::string::npos);
}

}  // namespace
}  // namespace xllm::evaluation
