// A few threads that share out one loop at a time in small chunks. Threads take chunks as they get to them, so one that
// the system holds back costs its own chunk and not half the loop. No queue, no futures, no nesting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

namespace xllm::kernels {

// Loops are started by one thread at a time; the body must not start another one, nor wait for another thread: where
// another program keeps a processor busy, a worker rests now and then (company_watch.h). Between loops the workers spin
// for about 50 µs, then sleep. The destructor waits for them.
class ThreadPool {
 public:
  // `threads` counts the calling thread. 0: one per physical core that this process may use.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  // What will be read after the next loop: threads that have no chunk left fetch its beginning into their caches, so
  // that the memory is not idle while threads meet and one of them alone does what stands between two loops. Until it
  // is said again; empty: nothing. A hint: the bytes need not even be there any more.
  void readAhead(std::span<const std::byte> bytes);

  // body(begin, end) over [0, count) in pieces of `grain`, on all threads; returns when everything is done. The body
  // must not throw.
  template <typename Body>
  void parallelFor(std::int64_t count, std::int64_t grain, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run(
        count, grain,
        [](void* context, std::int64_t begin, std::int64_t end) { (*static_cast<Plain*>(context))(begin, end); },
        const_cast<std::remove_const_t<Plain>*>(&body));
  }

 private:
  using Call = void (*)(void* context, std::int64_t begin, std::int64_t end);
  void run(std::int64_t count, std::int64_t grain, Call call, void* context);

  struct Shared;
  std::unique_ptr<Shared> m_shared;
};

}  // namespace xllm::kernels
