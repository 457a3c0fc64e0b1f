#include "core/data/batches.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "core/data/seeded_random.h"

namespace xllm::data {

namespace {
constexpr std::int64_t kPool = 48;  // batches whose examples are sorted by length together
}

Batches::Batches(std::vector<std::int64_t> lengths, std::int64_t size, std::uint64_t seed, Rest rest)
    : m_lengths(std::move(lengths)),
      m_size(size),
      m_seed(seed),
      m_wholeOnly(rest == Rest::LeftOut && std::ssize(m_lengths) >= size) {
  if (m_lengths.empty() || size < 1) throw std::logic_error("batches need examples and a size of at least 1");
}

std::int64_t Batches::perEpoch() const {
  const std::int64_t whole = std::ssize(m_lengths) / m_size;
  return m_wholeOnly || whole * m_size == std::ssize(m_lengths) ? whole : whole + 1;
}

std::vector<std::int64_t> Batches::at(std::int64_t position) {
  const std::int64_t epoch = position / perEpoch();
  if (epoch != m_epoch) arrange(epoch);
  return m_batches[static_cast<std::size_t>(position % perEpoch())];
}

void Batches::arrange(std::int64_t epoch) {
  SeededRandom random(m_seed, static_cast<std::uint64_t>(epoch));
  std::vector<std::int64_t> order(m_lengths.size());
  std::iota(order.begin(), order.end(), 0);
  random.shuffle(order);
  const auto lengthOf = [&](std::int64_t example) { return m_lengths[static_cast<std::size_t>(example)]; };
  const std::size_t pool = static_cast<std::size_t>(kPool * m_size);
  m_batches.clear();
  for (std::size_t begin = 0; begin < order.size(); begin += pool) {
    const std::size_t end = std::min(begin + pool, order.size());
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(begin),
                     order.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](std::int64_t a, std::int64_t b) { return lengthOf(a) < lengthOf(b); });
  }
  for (std::size_t begin = 0; begin < order.size(); begin += static_cast<std::size_t>(m_size)) {
    const std::size_t end = std::min(begin + static_cast<std::size_t>(m_size), order.size());
    if (m_wholeOnly && end - begin < static_cast<std::size_t>(m_size)) break;
    m_batches.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                           order.begin() + static_cast<std::ptrdiff_t>(end));
  }
  random.shuffle(m_batches);
  m_epoch = epoch;
}

}  // namespace xllm::data
