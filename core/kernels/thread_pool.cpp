#include "core/kernels/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/kernels/company_watch.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/base/this_process.h"

namespace xllm::kernels {
namespace {

using Clock = CompanyWatch::Clock;

constexpr std::chrono::microseconds kSpin{50};
constexpr std::uintptr_t kCacheLine = 64, kFetchedAtOnce = 64 * kCacheLine;
constexpr std::size_t kMostAhead = 512 * 1024;  // of what is fetched ahead: that and more stays in a core's cache

void pauseBriefly() {
#if defined(__x86_64__)
  for (int i = 0; i < 8; ++i) _mm_pause();  // about half a microsecond
#else
  std::this_thread::yield();
#endif
}

// Spins until done() or until kSpin has passed; tells which. meanwhile() does a little of something useful, or tells
// that there is nothing.
template <typename Done, typename Meanwhile>
bool spinUntil(Done&& done, Meanwhile&& meanwhile) {
  for (int i = 0; i < 8; ++i) {
    if (done()) return true;
#if defined(__x86_64__)
    _mm_pause();
#endif
  }
  const auto end = Clock::now() + kSpin;
  do {
    if (done()) return true;
    if (!meanwhile()) pauseBriefly();
  } while (Clock::now() < end);
  return done();
}

}  // namespace

// One loop is described by the plain fields; `state` says who may look at them. Its lowest bit: the loop is open,
// workers may enter; the next 15 bits: workers inside; above: the loop's number. The caller closes the loop when the
// chunks are used up, then waits for those inside only: a worker that never woke up is not waited for.
struct ThreadPool::Shared {
  static constexpr std::uint64_t kOpen = 1, kWorker = 2, kInside = 0xFFFE, kNumber = 0x10000;

  Call call = nullptr;
  void* context = nullptr;
  std::int64_t count = 0, grain = 1;

  alignas(64) std::atomic<std::int64_t> next{0};
  alignas(64) std::atomic<std::uint64_t> state{0};
  std::atomic<bool> stop{false};
  std::atomic<int> sleepers{0};
  // Beside another program's work one worker, the last, is asked in turns only (company_watch.h).
  std::atomic<bool> lastRests{false}, lastSleeps{false};
  std::atomic<std::uintptr_t> ahead{0}, aheadEnd{0};  // addresses; both may be stale, which costs nothing but use
  std::mutex mutex;                                   // for falling asleep and waking up only
  std::condition_variable wake;
  std::vector<std::thread> workers;
  CompanyWatch company;  // the caller's

  // Whether there was something to fetch.
  bool fetchAhead() {
    const std::uintptr_t end = aheadEnd.load(std::memory_order_relaxed);
    if (ahead.load(std::memory_order_relaxed) >= end) return false;
    const std::uintptr_t begin = ahead.fetch_add(kFetchedAtOnce, std::memory_order_relaxed);
    for (std::uintptr_t line = begin; line < begin + kFetchedAtOnce; line += kCacheLine) {
      __builtin_prefetch(reinterpret_cast<const void*>(line), /*write=*/0, /*locality=*/2);
    }
    return true;
  }

  // How many there were.
  int takeChunks() {
    for (int taken = 0;; ++taken) {
      const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) return taken;
      call(context, begin, std::min(begin + grain, count));
    }
  }

  void work(bool isLast) {
    std::uint64_t last = 0;  // number of the loop this thread was in
    const auto somethingToDo = [&] {
      if (stop.load()) return true;
      if (isLast && lastRests.load()) return false;
      const std::uint64_t seen = state.load();
      return (seen & kOpen) != 0 && seen / kNumber != last;
    };
    for (;;) {
      if (!spinUntil(somethingToDo, [&] { return fetchAhead(); })) {
        std::unique_lock lock(mutex);
        isLast ? lastSleeps.store(true) : void(++sleepers);
        wake.wait(lock, somethingToDo);
        isLast ? lastSleeps.store(false) : void(--sleepers);
      }
      if (stop.load()) return;
      std::uint64_t seen = state.load();
      while ((seen & kOpen) != 0 && seen / kNumber != last) {
        if (!state.compare_exchange_weak(seen, seen + kWorker)) continue;
        last = seen / kNumber;
        takeChunks();
        state.fetch_sub(kWorker);
        break;
      }
    }
  }
};

ThreadPool::ThreadPool(int threads) : m_shared(std::make_unique<Shared>()) {
  const int wanted = std::clamp(threads > 0 ? threads : usableCores(), 1, 1024);
  m_shared->workers.reserve(static_cast<std::size_t>(wanted - 1));
  for (int i = 1; i < wanted; ++i) {
    m_shared->workers.emplace_back([shared = m_shared.get(), isLast = i + 1 == wanted] { shared->work(isLast); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(m_shared->mutex);
    m_shared->stop.store(true);
  }
  m_shared->wake.notify_all();
  for (std::thread& worker : m_shared->workers) worker.join();
}

int ThreadPool::threads() const { return static_cast<int>(m_shared->workers.size()) + 1; }

void ThreadPool::readAhead(std::span<const std::byte> bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  m_shared->aheadEnd.store(0, std::memory_order_relaxed);
  m_shared->ahead.store(begin, std::memory_order_relaxed);
  m_shared->aheadEnd.store(begin + std::min(bytes.size(), kMostAhead), std::memory_order_relaxed);
}

void ThreadPool::run(std::int64_t count, std::int64_t grain, Call call, void* context) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  Shared& shared = *m_shared;
  const Clock::time_point start = Clock::now();
  const bool lastRests = !shared.company.wantsAll(start);
  if (count <= grain || shared.workers.size() < (lastRests ? 2 : 1)) {
    for (std::int64_t begin = 0; begin < count; begin += grain) call(context, begin, std::min(begin + grain, count));
    return;
  }
  shared.lastRests.store(lastRests);
  shared.call = call;
  shared.context = context;
  shared.count = count;
  shared.grain = grain;
  shared.next.store(0, std::memory_order_relaxed);
  shared.state.store((shared.state.load() / Shared::kNumber + 1) * Shared::kNumber + Shared::kOpen);
  if (shared.sleepers.load() > 0 || (!lastRests && shared.lastSleeps.load())) {
    { const std::lock_guard lock(shared.mutex); }  // whoever is about to sleep has seen the new state or sleeps already
    shared.wake.notify_all();
  }
  const int taken = shared.takeChunks();
  shared.state.fetch_and(~Shared::kOpen);
  const auto alone = [&] { return (shared.state.load() & Shared::kInside) == 0; };
  const auto meanwhile = [&] { return shared.fetchAhead(); };
  if (spinUntil(alone, meanwhile)) return;
  const Clock::time_point done = Clock::now();
  while (!spinUntil(alone, meanwhile)) std::this_thread::yield();
  const Clock::time_point end = Clock::now();
  shared.company.waited(end - done, (done - start) / std::max(1, taken), end);
}

}  // namespace xllm::kernels
