// A queue between threads that refuses when it is full instead of growing, with a second lane for what may overtake.
// Any thread may call anything.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace xllm {

enum class Lane { Usual = 1, Urgent };

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : m_capacity(capacity) {}  // of each lane

  // false: the lane is full, and `item` is untouched.
  [[nodiscard]] bool tryPush(T&& item, Lane lane = Lane::Usual) {
    {
      const std::lock_guard lock(m_mutex);
      std::deque<T>& items = lane == Lane::Urgent ? m_urgent : m_items;
      if (items.size() >= m_capacity) return false;
      items.push_back(std::move(item));
    }
    m_ready.notify_one();
    return true;
  }

  // Waits for an item; what is urgent comes first. After `stop` it still hands out what is queued, then answers
  // nothing.
  std::optional<T> pop(std::stop_token stop) {
    std::unique_lock lock(m_mutex);
    if (!m_ready.wait(lock, stop, [this] { return !m_urgent.empty() || !m_items.empty(); })) return std::nullopt;
    return front(m_urgent.empty() ? m_items : m_urgent);
  }

  // Does not wait.
  std::optional<T> tryPopUrgent() {
    const std::lock_guard lock(m_mutex);
    if (m_urgent.empty()) return std::nullopt;
    return front(m_urgent);
  }

  std::size_t size() const {
    const std::lock_guard lock(m_mutex);
    return m_items.size() + m_urgent.size();
  }

 private:
  static std::optional<T> front(std::deque<T>& items) {
    std::optional<T> item(std::move(items.front()));
    items.pop_front();
    return item;
  }

  const std::size_t m_capacity;
  mutable std::mutex m_mutex;
  std::condition_variable_any m_ready;
  std::deque<T> m_items, m_urgent;  // guarded by m_mutex
};

}  // namespace xllm
