#include "core/base/bounded_queue.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace xllm {
namespace {

TEST(BoundedQueue, RefusesWhenFullAndLeavesTheItemUntouched) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.tryPush(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.tryPush(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(BoundedQueue, HandsOutInOrderAndStillAfterStop) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.tryPush(int(i)));
  std::stop_source stop;
  stop.request_stop();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.pop(stop.get_token()), i);
  EXPECT_EQ(queue.pop(stop.get_token()), std::nullopt);
}

TEST(BoundedQueue, WhatIsUrgentOvertakesAndHasRoomOfItsOwn) {
  BoundedQueue<int> queue(2);
  EXPECT_EQ(queue.tryPopUrgent(), std::nullopt);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(queue.tryPush(int(i)));
    ASSERT_TRUE(queue.tryPush(10 + i, Lane::Urgent));
  }
  EXPECT_FALSE(queue.tryPush(2));
  EXPECT_FALSE(queue.tryPush(12, Lane::Urgent));
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_EQ(queue.tryPopUrgent(), 10);
  for (const int expected : {11, 0, 1}) EXPECT_EQ(queue.pop({}), expected);
  EXPECT_EQ(queue.tryPopUrgent(), std::nullopt);
}

TEST(BoundedQueue, WakesAWaitingReaderOnStop) {
  BoundedQueue<int> queue(1);
  std::optional<int> popped = 7;
  std::jthread reader([&](std::stop_token stop) { popped = queue.pop(stop); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  reader.request_stop();
  reader.join();
  EXPECT_EQ(popped, std::nullopt);
}

TEST(BoundedQueue, LosesNothingBetweenManyThreads) {
  BoundedQueue<int> queue(8);
  constexpr int kEach = 2000;
  std::atomic<long> sum = 0;
  {
    std::vector<std::jthread> readers;
    for (int r = 0; r < 2; ++r) {
      readers.emplace_back([&](std::stop_token stop) {
        while (auto item = queue.pop(stop)) sum += *item;
      });
    }
    std::vector<std::jthread> writers;
    for (int w = 0; w < 2; ++w) {
      writers.emplace_back([&] {
        for (int i = 1; i <= kEach; ++i) {
          while (!queue.tryPush(int(i))) std::this_thread::yield();
        }
      });
    }
    writers.clear();  // joins; then the readers are stopped and empty the queue
  }
  EXPECT_EQ(sum, 2L * kEach * (kEach + 1) / 2);
}

}  // namespace
}  // namespace xllm
