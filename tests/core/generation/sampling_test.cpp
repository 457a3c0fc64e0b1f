#include "core/generation/sampling.h"

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace xllm::generation {
namespace {

std::map<std::int64_t, int> draws(const std::vector<float>& logits, const Sampling& how, int times) {
  Rng rng(7);
  std::map<std::int64_t, int> counts;
  for (int i = 0; i < times; ++i) ++counts[sampleToken(logits, how, rng)];
  return counts;
}

TEST(Sampling, TemperatureZeroTakesTheLargestAndTheLowerIdOfEquals) {
  Rng rng(1);
  EXPECT_EQ(sampleToken(std::vector<float>{0.f, 3.f, 3.f, 1.f}, {.temperature = 0}, rng), 1);
}

TEST(Sampling, DrawsInProportionToTheSoftmax) {
  const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.2f)};
  const auto counts = draws(logits, {.temperature = 1, .topP = 1, .topK = 0}, 20000);
  EXPECT_NEAR(counts.at(0) / 20000.0, 0.5, 0.015);
  EXPECT_NEAR(counts.at(1) / 20000.0, 0.3, 0.015);
  EXPECT_NEAR(counts.at(2) / 20000.0, 0.2, 0.015);
}

TEST(Sampling, TemperatureSharpens) {
  const std::vector<float> logits = {std::log(0.6f), std::log(0.4f)};
  const auto counts = draws(logits, {.temperature = 0.5, .topP = 1, .topK = 0}, 20000);
  EXPECT_NEAR(counts.at(0) / 20000.0, 0.36 / 0.52, 0.015);
}

TEST(Sampling, TopKKeepsTheBestOnly) {
  const auto counts = draws({1.f, 5.f, 4.f, 3.f}, {.temperature = 10, .topP = 1, .topK = 2}, 2000);
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_TRUE(counts.contains(1) && counts.contains(2));
}

TEST(Sampling, TheCandidateThatCrossesTopPStaysIn) {
  const std::vector<float> logits = {std::log(0.5f), std::log(0.3f), std::log(0.2f)};
  EXPECT_EQ(draws(logits, {.temperature = 1, .topP = 0.45, .topK = 0}, 2000).size(), 1u);
  EXPECT_EQ(draws(logits, {.temperature = 1, .topP = 0.6, .topK = 0}, 2000).size(), 2u);
}

TEST(Sampling, NeverDrawsWhatIsNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const auto counts = draws({nan, infinity, 1.f, -infinity}, {.temperature = 1, .topP = 1, .topK = 0}, 200);
  EXPECT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts.begin()->first, 2);
  Rng rng(1);
  EXPECT_THROW(sampleToken(std::vector<float>{nan, nan}, {}, rng), std::runtime_error);
}

TEST(Sampling, ConsumesOneValueWhateverTheSettings) {
  Rng greedy(5), warm(5);
  const std::vector<float> logits = {0.f, 1.f};
  sampleToken(logits, {.temperature = 0}, greedy);
  sampleToken(logits, {.temperature = 1}, warm);
  EXPECT_EQ(greedy(), warm());
}

}  // namespace
}  // namespace xllm::generation
