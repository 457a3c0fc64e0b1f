#include "core/base/nearest.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace xllm {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t editDistance(std::string_view a, std::string_view b) {
  // Three rows of the table are enough: a swap looks two rows back.
  std::vector<std::size_t> older(b.size() + 1), old(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) old[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({old[j] + 1, row[j - 1] + 1, old[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], older[j - 2] + 1);
      }
    }
    std::swap(older, old);
    std::swap(old, row);
  }
  return old[b.size()];
}

std::string nearest(std::string_view wrong, std::span<const std::string> choices) {
  std::string best;
  auto smallest = std::numeric_limits<std::size_t>::max();
  for (const auto& choice : choices) {
    const auto distance = editDistance(wrong, choice);
    if (distance < smallest) {
      smallest = distance;
      best = choice;
    }
  }
  return best;
}

}  // namespace xllm
