#include "core/benchmark/model_speed.h"

#include <gtest/gtest.h>

#include "core/benchmark/memory_bandwidth.h"
#include "core/weights/checkpoint.h"
#include "tests/support/golden.h"

namespace xllm::benchmark {
namespace {

LanguageModelSpeed open(const std::string& golden) {
  auto speed = LanguageModelSpeed::open(tests::goldenPath(golden), {});
  if (!speed) throw std::runtime_error(speed.error().message);
  return std::move(*speed);
}

std::uint64_t bytesOf(const std::string& golden, const std::string& tensor) {
  return (*weights::Checkpoint::open(tests::goldenPath(golden)))->find(tensor)->bytes;
}

TEST(Times, MedianLiesInTheMiddle) {
  EXPECT_DOUBLE_EQ((Times{{3, 1, 2}}).median(), 2);
  EXPECT_DOUBLE_EQ((Times{{4, 1, 2, 3}}).median(), 2.5);
  EXPECT_DOUBLE_EQ((Times{{4, 1, 2}}).best(), 1);
  EXPECT_DOUBLE_EQ(Times{}.median(), 0);
}

TEST(LanguageModelSpeed, TimesAsManyRunsAsAsked) {
  const LanguageModelSpeed speed = open("llama_smollm2.gguf");
  const auto prefill = speed.prefill(5, {.runs = 3});
  const auto decode = speed.decode(4, 3, {.runs = 2});
  ASSERT_TRUE(prefill && decode);
  EXPECT_EQ(prefill->seconds.size(), 3U);
  EXPECT_EQ(decode->seconds.size(), 2U);
  for (const double seconds : prefill->seconds) EXPECT_GT(seconds, 0);
}

TEST(LanguageModelSpeed, RefusesMoreThanTheContext) {
  const LanguageModelSpeed speed = open("llama_smollm2.gguf");
  const auto refused = speed.decode(1, 1'000'000, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::BadInput);
  EXPECT_NE(refused.error().message.find("1000001"), std::string::npos) << refused.error().message;
}

TEST(LanguageModelSpeed, StopsBetweenTwoTokens) {
  std::stop_source source;
  source.request_stop();
  const auto stopped = open("llama_smollm2.gguf").decode(100, 0, {.stop = source.get_token()});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
}

// The table of words is read once for each token where it gives the output, else not at all.
TEST(LanguageModelSpeed, CountsTheWordsOnlyWhereTheyAreTheOutput) {
  const auto matrices = [](const std::string& golden) {
    std::uint64_t sum = 0;
    for (const auto& tensor : (*weights::Checkpoint::open(tests::goldenPath(golden)))->tensors()) {
      if (tensor.shape.size() >= 2) sum += tensor.bytes;
    }
    return sum;
  };
  EXPECT_EQ(open("llama_smollm2.gguf").bytesPerToken(), matrices("llama_smollm2.gguf"));  // tied
  EXPECT_EQ(open("glm4.gguf").bytesPerToken(), matrices("glm4.gguf") - bytesOf("glm4.gguf", "token_embd.weight"));
}

TEST(MemoryBandwidth, IsThatOfAMachineWeKnow) {
  kernels::ThreadPool pool;
  const double bandwidth = readBandwidth(pool);
  EXPECT_GT(bandwidth, 5e8);
  EXPECT_LT(bandwidth, 5e12);
}

}  // namespace
}  // namespace xllm::benchmark
