#include "core/benchmark/memory_bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>
#include <vector>

#include "core/base/memory_use.h"

namespace xllm::benchmark {

namespace {

constexpr std::int64_t kWords = 8;        // summed side by side, so that no sum waits for the one before
constexpr std::int64_t kChunk = 1 << 17;  // numbers of 8 bytes that a thread takes at a time: 1 MiB
constexpr std::int64_t kLargest = 512LL << 20;

// A sum that depends on every number, so that none can be left unread.
std::uint64_t sumOf(const std::uint64_t* numbers, std::int64_t count) {
  std::uint64_t sums[kWords] = {};
  for (std::int64_t i = 0; i < count; i += kWords) {
    for (std::int64_t j = 0; j < kWords; ++j) sums[j] += numbers[i + j];
  }
  std::uint64_t all = 0;
  for (const std::uint64_t sum : sums) all += sum;
  return all;
}

}  // namespace

double readBandwidth(kernels::ThreadPool& pool) {
  using Clock = std::chrono::steady_clock;
  const std::int64_t free = availableMemoryBytes();
  const std::int64_t bytes = free > 0 ? std::min(kLargest, free / 4) : kLargest;
  const std::int64_t count = bytes / (8 * kChunk) * kChunk;
  if (count == 0) return 0;
  std::vector<std::uint64_t> memory;
  try {
    memory.assign(static_cast<std::size_t>(count), 1);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  double best = 0;
  for (int pass = 0; pass < 4; ++pass) {
    std::atomic<std::uint64_t> sum{0};
    const auto start = Clock::now();
    pool.parallelFor(count, kChunk, [&](std::int64_t begin, std::int64_t end) {
      sum.fetch_add(sumOf(memory.data() + begin, end - begin), std::memory_order_relaxed);
    });
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (sum.load() == static_cast<std::uint64_t>(count))
      best = std::max(best, static_cast<double>(8 * count) / seconds);
  }
  return best;
}

}  // namespace xllm::benchmark
