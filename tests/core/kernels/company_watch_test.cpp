// When one worker takes turns with another program, and when it is itself again.
#include <gtest/gtest.h>

#include "core/kernels/company_watch.h"

namespace xllm::kernels {
namespace {

using namespace std::chrono_literals;
using Clock = CompanyWatch::Clock;

constexpr Clock::time_point kStart{1h};

// Of the `time` from `begin` on, the part in which all workers are wanted.
double partWithAll(CompanyWatch& watch, Clock::time_point begin, Clock::duration time) {
  int with = 0, all = 0;
  for (Clock::time_point now = begin; now < begin + time; now += 10us, ++all) with += watch.wantsAll(now) ? 1 : 0;
  return static_cast<double>(with) / all;
}

TEST(CompanyWatch, WantsAllWorkersAsLongAsNobodyWaits) {
  CompanyWatch watch;
  EXPECT_EQ(partWithAll(watch, kStart, 100ms), 1.0);
  watch.waited(200us, 20us, kStart + 100ms);  // a processor has its little delays
  EXPECT_EQ(partWithAll(watch, kStart + 100ms, 100ms), 1.0);
}

TEST(CompanyWatch, TakesTurnsAfterAWaitAndForgetsIt) {
  CompanyWatch watch;
  watch.waited(3ms, 20us, kStart);
  EXPECT_TRUE(watch.wantsAll(kStart));
  EXPECT_FALSE(watch.wantsAll(kStart + CompanyWatch::kTurn + 1us));
  const double part = partWithAll(watch, kStart, 200ms);
  EXPECT_GT(part, 0.35);
  EXPECT_LT(part, 0.45);
  EXPECT_EQ(partWithAll(watch, kStart + CompanyWatch::kMemory + 2ms, 100ms), 1.0);
}

TEST(CompanyWatch, LastsAsLongAsThereIsCompany) {
  CompanyWatch watch;
  for (int i = 0; i < 20; ++i) {
    watch.waited(3ms, 20us, kStart + i * 100ms);
    EXPECT_LT(partWithAll(watch, kStart + i * 100ms, 100ms), 0.45) << i;
  }
}

// Where a chunk takes milliseconds, somebody is still at one when the others have none left: no company.
TEST(CompanyWatch, ALongChunkIsNoWait) {
  CompanyWatch watch;
  watch.waited(2ms, 1500us, kStart);
  EXPECT_TRUE(watch.wantsAll(kStart + CompanyWatch::kTurn + 1us));
  watch.waited(4ms, 1500us, kStart);
  EXPECT_FALSE(watch.wantsAll(kStart + CompanyWatch::kTurn + 1us));
}

}  // namespace
}  // namespace xllm::kernels
