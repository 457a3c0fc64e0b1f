// When one worker takes turns with another program, and when it is itself again.
#include <algorithm>
#include <optional>
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

// Waits that follow each other in 8 ms, as they do beside a busy program, until a worker takes turns; the time of the
// last, or nothing after a second.
std::optional<Clock::time_point> waitAgainAndAgain(CompanyWatch& watch, Clock::time_point from) {
  for (Clock::time_point now = from; now < from + 1s; now += 8ms) {
    watch.waited(3ms, 20us, now);
    if (!watch.wantsAll(now + CompanyWatch::kTurn + 1us)) return now;
  }
  return std::nullopt;
}

TEST(CompanyWatch, TakesTurnsAfterAFewWaitsAndForgetsThem) {
  CompanyWatch watch;
  const auto last = waitAgainAndAgain(watch, kStart);
  ASSERT_TRUE(last);
  EXPECT_GE(*last - kStart, 16ms);  // not after one or two
  EXPECT_LE(*last - kStart, 64ms);
  EXPECT_TRUE(watch.wantsAll(*last));
  const double part = partWithAll(watch, *last, 200ms);
  EXPECT_GT(part, 0.35);
  EXPECT_LT(part, 0.45);
  EXPECT_EQ(partWithAll(watch, *last + CompanyWatch::kShortest, 100ms), 1.0);
}

// Listening to a microphone: a fraction of a millisecond, thirty times a second.
TEST(CompanyWatch, WhatTakesLittleTimeIsNoCompany) {
  CompanyWatch watch;
  for (int i = 0; i < 1000; ++i) {
    watch.waited(500us, 20us, kStart + i * 32ms);
    EXPECT_EQ(partWithAll(watch, kStart + i * 32ms, 32ms), 1.0) << i;
  }
}

TEST(CompanyWatch, AStandstillNowAndThenIsNoCompany) {
  CompanyWatch watch;
  for (int i = 0; i < 20; ++i) {
    watch.waited(50ms, 20us, kStart + i * 80ms);
    EXPECT_EQ(partWithAll(watch, kStart + i * 80ms, 80ms), 1.0) << i;
  }
}

// What is tried again costs a wait or two each time, and less often the longer it lasts.
TEST(CompanyWatch, LastsAsLongAsThereIsCompany) {
  CompanyWatch watch;
  auto last = waitAgainAndAgain(watch, kStart);
  ASSERT_TRUE(last);
  for (Clock::duration length = CompanyWatch::kShortest; *last < kStart + 20s;) {
    EXPECT_LT(partWithAll(watch, *last, length), 0.45);
    const Clock::time_point end = *last + length;
    EXPECT_TRUE(watch.wantsAll(end + CompanyWatch::kTurn + 1us));
    last = waitAgainAndAgain(watch, end + 4ms);
    ASSERT_TRUE(last);
    EXPECT_LE(*last - end, 20ms);
    length = std::min<Clock::duration>(2 * length, CompanyWatch::kLongest);
  }
}

TEST(CompanyWatch, CompanyThatComesBackLaterIsNewCompany) {
  CompanyWatch watch;
  auto last = waitAgainAndAgain(watch, kStart);
  ASSERT_TRUE(last);
  last = waitAgainAndAgain(watch, *last + CompanyWatch::kShortest + 5ms);
  ASSERT_TRUE(last);  // for twice as long
  const Clock::time_point later = *last + 2 * CompanyWatch::kShortest + 3s;
  last = waitAgainAndAgain(watch, later);
  ASSERT_TRUE(last);
  EXPECT_LT(partWithAll(watch, *last, CompanyWatch::kShortest), 0.45);
  EXPECT_EQ(partWithAll(watch, *last + CompanyWatch::kShortest, 100ms), 1.0);
}

// Where a chunk takes milliseconds, somebody is still at one when the others have none left: no wait.
TEST(CompanyWatch, ALongChunkIsNoWait) {
  for (const auto& [time, counts] : {std::pair{2ms, false}, {4ms, true}}) {
    CompanyWatch watch;
    bool takesTurns = false;
    for (int i = 0; i < 20; ++i) {
      watch.waited(time, 1500us, kStart + i * 8ms);
      takesTurns = takesTurns || !watch.wantsAll(kStart + i * 8ms + CompanyWatch::kTurn + 1us);
    }
    EXPECT_EQ(takesTurns, counts);
  }
}

}  // namespace
}  // namespace xllm::kernels
