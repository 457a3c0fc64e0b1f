#include "core/generation/sampling.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace xllm::generation {

namespace {

struct Candidate {
  float logit;
  std::int64_t id;
};

bool better(const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; }

std::int64_t mostLikely(std::span<const float> logits) {
  std::int64_t best = -1;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (std::isfinite(logits[id]) && (best < 0 || logits[id] > logits[static_cast<std::size_t>(best)])) {
      best = static_cast<std::int64_t>(id);
    }
  }
  if (best < 0) throw std::runtime_error("sampleToken: no finite logit among " + std::to_string(logits.size()));
  return best;
}

// The candidates that top-k leaves, best first.
std::vector<Candidate> shortlist(std::span<const float> logits, int topK) {
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (std::isfinite(logits[id])) candidates.push_back({logits[id], static_cast<std::int64_t>(id)});
  }
  const auto keep = topK > 0 ? std::min(candidates.size(), static_cast<std::size_t>(topK)) : candidates.size();
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(keep), candidates.end(),
                    better);
  candidates.resize(keep);
  return candidates;
}

}  // namespace

std::int64_t sampleToken(std::span<const float> logits, const Sampling& how, Rng& rng) {
  const double draw = std::generate_canonical<double, 53>(rng);
  const std::int64_t first = mostLikely(logits);
  if (how.temperature <= 0.0) return first;

  const std::vector<Candidate> candidates = shortlist(logits, how.topK);
  std::vector<double> weights(candidates.size());
  double total = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    weights[i] = std::exp((static_cast<double>(candidates[i].logit) - candidates[0].logit) / how.temperature);
    total += weights[i];
  }
  // Nucleus: the fewest candidates whose weight reaches topP; the one that crosses it stays in.
  std::size_t kept = 0;
  double mass = 0;
  while (kept < weights.size() && (kept == 0 || mass < how.topP * total)) mass += weights[kept++];

  double remaining = draw * mass;
  for (std::size_t i = 0; i + 1 < kept; ++i) {
    remaining -= weights[i];
    if (remaining < 0) return candidates[i].id;
  }
  return candidates[kept - 1].id;
}

}  // namespace xllm::generation
