#include "core/kernels/thread_pool.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace xllm::kernels {
namespace {

TEST(ThreadPool, VisitsEveryIndexOnceWhateverTheGrain) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    ASSERT_EQ(pool.threads(), threads);
    for (const std::int64_t count : {0, 1, 2, 7, 64, 1000}) {
      for (const std::int64_t grain : {1, 3, 64, 5000}) {
        std::vector<int> visits(static_cast<std::size_t>(count), 0);  // plain ints: chunks must not overlap
        pool.parallelFor(count, grain, [&](std::int64_t begin, std::int64_t end) {
          EXPECT_LT(begin, end);
          EXPECT_LE(end - begin, grain);
          EXPECT_LE(end, count);
          for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
        });
        EXPECT_EQ(visits, std::vector<int>(static_cast<std::size_t>(count), 1))
            << threads << " " << count << " " << grain;
      }
    }
  }
}

TEST(ThreadPool, EverythingWrittenInALoopIsSeenAfterIt) {
  ThreadPool pool(3);
  std::vector<std::int64_t> values(200, 0);
  std::int64_t expected = 0;
  for (std::int64_t loop = 1; loop <= 2000; ++loop) {
    pool.parallelFor(200, 5, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) values[static_cast<std::size_t>(i)] += loop;
    });
    expected += loop;
    for (const std::int64_t value : values) ASSERT_EQ(value, expected) << "loop " << loop;
  }
}

// A hint changes nothing but time, whatever becomes of the bytes.
TEST(ThreadPool, WhatIsReadAheadMayGoAway) {
  ThreadPool pool(2);
  for (int loop = 0; loop < 300; ++loop) {
    auto bytes = std::make_unique<std::vector<std::byte>>(static_cast<std::size_t>(1 + loop * 5000));
    pool.readAhead(*bytes);
    if (loop % 2 == 0) bytes.reset();
    if (loop % 5 == 0) pool.readAhead({});
    std::atomic<int> visits{0};
    pool.parallelFor(9, 2, [&](std::int64_t begin, std::int64_t end) { visits += static_cast<int>(end - begin); });
    ASSERT_EQ(visits, 9) << "loop " << loop;
  }
}

TEST(ThreadPool, SeveralThreadsShareALoop) {
  ThreadPool pool(2);
  std::atomic<int> inside{0};
  std::atomic<bool> met{false};
  // Two chunks that each wait for the other: ends only if two threads take one each.
  pool.parallelFor(2, 1, [&](std::int64_t, std::int64_t) {
    ++inside;
    while (!met) {
      if (inside == 2) met = true;
      std::this_thread::yield();
    }
  });
  EXPECT_TRUE(met);
}

TEST(ThreadPool, SleepingWorkersWakeUpAgain) {
  ThreadPool pool(2);
  for (int i = 0; i < 5; ++i) {
    // Beside other programs the worker may rest for a loop, but not for all of them.
    bool met = false;
    for (int tries = 0; tries < 200 && !met; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // far longer than the workers spin
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
      std::atomic<int> inside{0};
      pool.parallelFor(2, 1, [&](std::int64_t, std::int64_t) {
        ++inside;
        while (inside < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      });
      met = std::chrono::steady_clock::now() < end;
    }
    EXPECT_TRUE(met) << i;
  }
}

TEST(ThreadPool, OneHeldUpWorkerCostsItsOwnChunkOnly) {
  ThreadPool pool(2);
  const auto caller = std::this_thread::get_id();
  std::atomic<int> byCaller{0};
  std::atomic<bool> held{false};
  pool.parallelFor(100, 1, [&](std::int64_t, std::int64_t) {
    if (std::this_thread::get_id() == caller) {
      while (!held) std::this_thread::yield();
      ++byCaller;
    } else {
      held = true;
      while (byCaller < 99) std::this_thread::yield();  // until the caller has done all the others
    }
  });
  EXPECT_EQ(byCaller, 99);
}

// The last worker rests in turns then, and comes back.
TEST(ThreadPool, NothingIsLostWhereAWorkerIsHeldUpAgainAndAgain) {
  for (const int threads : {2, 4}) {
    ThreadPool pool(threads);
    const auto caller = std::this_thread::get_id();
    for (int loop = 0; loop < 400; ++loop) {
      std::atomic<std::int64_t> sum{0};
      pool.parallelFor(64, 1, [&](std::int64_t begin, std::int64_t) {
        if (loop % 40 == 0 && begin > 32 && std::this_thread::get_id() != caller) {
          std::this_thread::sleep_for(std::chrono::milliseconds(3));
        }
        sum += begin;
      });
      EXPECT_EQ(sum, 64 * 63 / 2) << threads << " threads, loop " << loop;
    }
  }
}

TEST(ThreadPool, CanBeTornDownAtAnyMoment) {
  for (int i = 0; i < 200; ++i) {
    auto pool = std::make_unique<ThreadPool>(4);
    std::atomic<std::int64_t> sum{0};
    if (i % 3 != 0) pool->parallelFor(10, 1, [&](std::int64_t begin, std::int64_t) { sum += begin; });
    if (i % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    pool.reset();
    EXPECT_EQ(sum, i % 3 != 0 ? 45 : 0);
  }
}

TEST(ThreadPool, TakesOneThreadPerCoreUnlessTold) {
  const ThreadPool pool;
  EXPECT_GE(pool.threads(), 1);
  EXPECT_LE(pool.threads(), static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

}  // namespace
}  // namespace xllm::kernels
