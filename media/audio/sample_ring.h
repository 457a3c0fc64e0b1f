// Samples on their way from one side to another that may be slower: when it is full the oldest go, and are counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xllm::media {

// Not for two threads at once: whoever shares it locks. Memory is taken once.
class SampleRing {
 public:
  explicit SampleRing(std::size_t capacity) : m_samples(capacity) {}

  void push(std::span<const float> samples);
  // All of `to`, from the oldest on, or nothing.
  [[nodiscard]] bool take(std::span<float> to);
  void drop(std::size_t count);  // of the oldest, on purpose: not counted
  void clear() { m_size = 0; }

  std::size_t size() const { return m_size; }
  std::uint64_t lost() const { return m_lost; }  // samples that were pushed out, ever

 private:
  std::vector<float> m_samples;
  std::size_t m_first = 0, m_size = 0;
  std::uint64_t m_lost = 0;
};

}  // namespace xllm::media
