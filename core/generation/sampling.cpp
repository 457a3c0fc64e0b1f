#include "core/generation/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace xllm::generation {

namespace {

struct Candidate {
  float logit;
  std::int64_t id;
  double weight = 0;  // against 1 of the best one, at the temperature; set when top-k has left out the others
};

bool better(const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; }

struct Worse {
  bool operator()(const Candidate& a, const Candidate& b) const { return better(b, a); }
};

// The finite ones, as a heap whose first is the best: those that nobody asks for need no order.
std::vector<Candidate> heapOf(std::span<const float> logits) {
  std::vector<Candidate> heap;
  heap.reserve(logits.size());
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (std::isfinite(logits[id])) heap.push_back({logits[id], static_cast<std::int64_t>(id)});
  }
  std::make_heap(heap.begin(), heap.end(), Worse());
  return heap;
}

Candidate takeBest(std::vector<Candidate>& heap) {
  std::pop_heap(heap.begin(), heap.end(), Worse());
  const Candidate best = heap.back();
  heap.pop_back();
  return best;
}

// The largest number that is not NaN; −infinity of none. Sixteen maxima beside each other, which a compiler keeps in
// registers.
float largest(std::span<const float> logits) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> top;
  top.fill(-std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      top[lane] = logits[i + lane] > top[lane] ? logits[i + lane] : top[lane];
    }
  }
  for (; i < logits.size(); ++i) top[0] = logits[i] > top[0] ? logits[i] : top[0];
  return *std::max_element(top.begin(), top.end());
}

}  // namespace

std::int64_t mostLikely(std::span<const float> logits) {
  const float top = largest(logits);
  if (std::isfinite(top)) return std::find(logits.begin(), logits.end(), top) - logits.begin();
  std::int64_t best = -1;  // an infinite one among them does not count
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (std::isfinite(logits[id]) && (best < 0 || logits[id] > logits[static_cast<std::size_t>(best)])) {
      best = static_cast<std::int64_t>(id);
    }
  }
  if (best < 0) throw std::runtime_error("mostLikely: no finite logit among " + std::to_string(logits.size()));
  return best;
}

std::int64_t sampleToken(std::span<const float> logits, const Sampling& how, Rng& rng) {
  const double draw = std::generate_canonical<double, 53>(rng);
  const std::int64_t first = mostLikely(logits);
  if (how.temperature <= 0.0) return first;

  const double top = logits[static_cast<std::size_t>(first)];
  std::vector<Candidate> heap = heapOf(logits), candidates;
  if (how.topK > 0) {
    for (int i = 0; i < how.topK && !heap.empty(); ++i) candidates.push_back(takeBest(heap));
    heap = std::exchange(candidates, {});  // best first, which is a heap
  }
  double total = 0;
  for (Candidate& candidate : heap) {
    candidate.weight = std::exp((static_cast<double>(candidate.logit) - top) / how.temperature);
    total += candidate.weight;
  }
  // Nucleus: the fewest candidates whose weight reaches topP; the one that crosses it stays in.
  double mass = 0;
  if (how.topP >= 1.0) {
    candidates = std::move(heap);
    mass = total;
  } else {
    do {
      candidates.push_back(takeBest(heap));
      mass += candidates.back().weight;
    } while (!heap.empty() && mass < how.topP * total);
  }

  double remaining = draw * mass;
  for (const Candidate& candidate : candidates) {
    remaining -= candidate.weight;
    if (remaining < 0) return candidate.id;
  }
  return candidates.back().id;
}

}  // namespace xllm::generation
