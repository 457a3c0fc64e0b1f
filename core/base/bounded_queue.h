// A queue between threads that refuses when it is full instead of growing. Any thread may call anything.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace xllm {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : m_capacity(capacity) {}

  // false: full, and `item` is untouched.
  [[nodiscard]] bool tryPush(T&& item) {
    {
      const std::lock_guard lock(m_mutex);
      if (m_items.size() >= m_capacity) return false;
      m_items.push_back(std::move(item));
    }
    m_ready.notify_one();
    return true;
  }

  // Waits for an item. After `stop` it still hands out what is queued, then answers nothing.
  std::optional<T> pop(std::stop_token stop) {
    std::unique_lock lock(m_mutex);
    if (!m_ready.wait(lock, stop, [this] { return !m_items.empty(); })) return std::nullopt;
    std::optional<T> item(std::move(m_items.front()));
    m_items.pop_front();
    return item;
  }

  std::size_t size() const {
    const std::lock_guard lock(m_mutex);
    return m_items.size();
  }

 private:
  const std::size_t m_capacity;
  mutable std::mutex m_mutex;
  std::condition_variable_any m_ready;
  std::deque<T> m_items;  // guarded by m_mutex
};

}  // namespace xllm
