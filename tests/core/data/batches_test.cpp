#include "core/data/batches.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/data/seeded_random.h"

namespace xllm::data {
namespace {

std::vector<std::int64_t> lengths(std::int64_t count) {
  SeededRandom random(7);
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(10 + random.below(500));
  return all;
}

TEST(Batches, ShowEveryExampleOncePerEpoch) {
  Batches batches(lengths(1003), 8, 1);
  ASSERT_EQ(batches.perEpoch(), 126);
  for (const std::int64_t epoch : {0, 1}) {
    std::multiset<std::int64_t> seen;
    for (std::int64_t b = 0; b < batches.perEpoch(); ++b) {
      for (const auto example : batches.at(epoch * batches.perEpoch() + b)) seen.insert(example);
    }
    EXPECT_EQ(seen.size(), 1003U);
    EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), 1003U);
  }
}

TEST(Batches, GiveTheSamePositionWhateverWasAskedBefore) {
  Batches straight(lengths(300), 4, 5), jumping(lengths(300), 4, 5), other(lengths(300), 4, 6);
  for (std::int64_t b = 0; b < 100; ++b) straight.at(b);
  EXPECT_EQ(straight.at(201), jumping.at(201));
  EXPECT_EQ(straight.at(3), jumping.at(3));
  EXPECT_NE(straight.at(3), other.at(3));
  EXPECT_NE(straight.at(0), straight.at(straight.perEpoch()));
}

TEST(Batches, PutExamplesOfAboutOneLengthTogether) {
  const auto all = lengths(4000);
  Batches batches(all, 16, 1);
  std::int64_t padded = 0, sum = 0;
  for (std::int64_t b = 0; b < batches.perEpoch(); ++b) {
    std::int64_t longest = 0;
    const auto batch = batches.at(b);
    for (const auto example : batch) {
      longest = std::max(longest, all[static_cast<std::size_t>(example)]);
      sum += all[static_cast<std::size_t>(example)];
    }
    padded += longest * static_cast<std::int64_t>(batch.size());
  }
  EXPECT_LT(static_cast<double>(padded), 1.1 * static_cast<double>(sum));
}

TEST(Batches, LeaveTheRestOutWhereItIsTooSmallToCompare) {
  Batches whole(std::vector<std::int64_t>(177, 1), 16, 3, Batches::Rest::LeftOut);
  ASSERT_EQ(whole.perEpoch(), 11);
  std::set<std::int64_t> seen;
  for (std::int64_t b = 0; b < 20 * whole.perEpoch(); ++b) {
    const auto batch = whole.at(b);
    EXPECT_EQ(batch.size(), 16U);
    seen.insert(batch.begin(), batch.end());
  }
  EXPECT_EQ(seen.size(), 177U) << "others are left out each time";
  Batches few(std::vector<std::int64_t>(5, 1), 16, 3, Batches::Rest::LeftOut);
  EXPECT_EQ(few.perEpoch(), 1);
  EXPECT_EQ(few.at(0).size(), 5U);
}

TEST(SeededRandom, RepeatsForOneSeedAndStreamAndIsEven) {
  SeededRandom a(1, 2), b(1, 2), c(1, 3);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  double sum = 0;
  for (int i = 0; i < 20000; ++i) {
    const double value = a.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / 20000, 0.5, 0.01);
}

}  // namespace
}  // namespace xllm::data
