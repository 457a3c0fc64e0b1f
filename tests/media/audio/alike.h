// How much one recording is like a part of another: for sound that went through a sound system, which comes later and
// is not the same to the bit.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace xllm::tests {

struct Alike {
  double correlation = 0;  // -1 … 1, at the best place
  std::size_t place = 0;   // in the longer one, where the shorter one begins
  double gain = 0;         // how much louder it is there
};

// The best place of `wanted` in `recorded`; nothing is alike where `recorded` is shorter.
inline Alike findIn(std::span<const float> recorded, std::span<const float> wanted) {
  Alike best;
  if (recorded.size() < wanted.size()) return best;
  const auto compare = [&](std::size_t place, std::size_t step) {
    double both = 0, ours = 0, theirs = 0;
    for (std::size_t i = 0; i < wanted.size(); i += step) {
      const double a = wanted[i], b = recorded[place + i];
      both += a * b;
      ours += a * a;
      theirs += b * b;
    }
    const double energy = std::sqrt(ours * theirs);
    return Alike{.correlation = energy > 0 ? both / energy : 0, .place = place, .gain = ours > 0 ? both / ours : 0};
  };
  for (std::size_t place = 0; place + wanted.size() <= recorded.size(); ++place) {
    const Alike here = compare(place, 7);
    if (here.correlation > best.correlation) best = here;
  }
  return compare(best.place, 1);
}

}  // namespace xllm::tests
