// When one worker takes turns with another program, and when it is itself again.
#include <utility>

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

// Waits that follow each other in 8 ms, as they do beside a busy program; the time of the last.
Clock::time_point waitAgainAndAgain(CompanyWatch& watch, Clock::time_point from) {
  for (int i = 0; i < CompanyWatch::kAFew; ++i) watch.waited(3ms, 20us, from + i * 8ms);
  return from + (CompanyWatch::kAFew - 1) * 8ms;
}

TEST(CompanyWatch, TakesTurnsAfterAFewWaitsAndForgetsThem) {
  CompanyWatch watch;
  const Clock::time_point last = waitAgainAndAgain(watch, kStart);
  EXPECT_TRUE(watch.wantsAll(last));
  EXPECT_FALSE(watch.wantsAll(last + CompanyWatch::kTurn + 1us));
  const double part = partWithAll(watch, last, 200ms);
  EXPECT_GT(part, 0.35);
  EXPECT_LT(part, 0.45);
  EXPECT_EQ(partWithAll(watch, last + CompanyWatch::kMemory, 100ms), 1.0);
}

TEST(CompanyWatch, WaitsNowAndThenAreNoCompany) {
  CompanyWatch watch;
  for (int i = 0; i < 20; ++i) {
    watch.waited(3ms, 20us, kStart + i * 80ms);
    EXPECT_EQ(partWithAll(watch, kStart + i * 80ms, 80ms), 1.0) << i;
  }
}

TEST(CompanyWatch, LastsAsLongAsThereIsCompany) {
  CompanyWatch watch;
  const Clock::time_point last = waitAgainAndAgain(watch, kStart);
  for (int i = 1; i < 20; ++i) {
    watch.waited(3ms, 20us, last + i * 900ms);
    EXPECT_LT(partWithAll(watch, last + i * 900ms, 900ms), 0.45) << i;
  }
}

// Where a chunk takes milliseconds, somebody is still at one when the others have none left: no wait.
TEST(CompanyWatch, ALongChunkIsNoWait) {
  for (const auto& [time, counts] : {std::pair{2ms, false}, {4ms, true}}) {
    CompanyWatch watch;
    for (int i = 0; i < CompanyWatch::kAFew; ++i) watch.waited(time, 1500us, kStart + i * 8ms);
    EXPECT_EQ(watch.wantsAll(kStart + (CompanyWatch::kAFew - 1) * 8ms + CompanyWatch::kTurn + 1us), !counts);
  }
}

}  // namespace
}  // namespace xllm::kernels
