#include "core/data/picture_mark.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <numeric>

namespace xllm::data {

namespace {

constexpr int kMostBits = 6;          // of 64 that may differ; fewer than the eight bytes that are compared first
constexpr double kMostColour = 10;    // of 255, on average
constexpr double kBlankContrast = 8;  // between the darkest and the brightest average of a blank picture

// Averages of `columns` × 8 fields, `channels` values each: three colours, or one brightness.
template <int kColumns, int kChannels>
std::array<double, kColumns * 8 * kChannels> averagesOf(const RgbImage& image) {
  std::array<double, kColumns * 8 * kChannels> sums{};
  std::array<double, kColumns * 8> counts{};
  for (int y = 0; y < image.height; ++y) {
    const auto row = static_cast<std::size_t>(y * 8 / image.height);
    const std::uint8_t* pixel = image.pixels.data() + static_cast<std::size_t>(y) * image.width * 3;
    for (int x = 0; x < image.width; ++x, pixel += 3) {
      const std::size_t field = row * kColumns + static_cast<std::size_t>(x * kColumns / image.width);
      ++counts[field];
      if constexpr (kChannels == 3) {
        for (std::size_t c = 0; c < 3; ++c) sums[field * 3 + c] += pixel[c];
      } else {
        sums[field] += 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
      }
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= std::max(counts[i / kChannels], 1.0);
  return sums;
}

bool alike(const PictureMark& a, const PictureMark& b) {
  if (std::popcount(a.gradients ^ b.gradients) > kMostBits) return false;
  int difference = 0;
  for (std::size_t i = 0; i < a.colours.size(); ++i) difference += std::abs(int{a.colours[i]} - int{b.colours[i]});
  return difference <= kMostColour * static_cast<double>(a.colours.size());
}

// Sets that grow together.
class Unions {
 public:
  explicit Unions(std::size_t count) : m_parents(count) { std::iota(m_parents.begin(), m_parents.end(), 0U); }
  std::size_t rootOf(std::size_t i) {
    while (m_parents[i] != i) i = m_parents[i] = m_parents[m_parents[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = rootOf(a);
    b = rootOf(b);
    m_parents[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> m_parents;
};

}  // namespace

PictureMark markOf(const RgbImage& image) {
  PictureMark mark;
  if (image.width < 1 || image.height < 1) return mark;
  const auto colours = averagesOf<8, 3>(image);
  std::ranges::transform(colours, mark.colours.begin(), [](double value) { return static_cast<std::uint8_t>(value); });
  const auto brightness = averagesOf<9, 1>(image);
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 8; ++x) {
      const bool brighter = brightness[y * 9 + x + 1] > brightness[y * 9 + x];
      mark.gradients |= std::uint64_t{brighter} << (y * 8 + x);
    }
  }
  const auto [least, most] = std::ranges::minmax(brightness);
  double colourRange = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    double low = 255, high = 0;
    for (std::size_t i = c; i < colours.size(); i += 3) {
      low = std::min(low, colours[i]);
      high = std::max(high, colours[i]);
    }
    colourRange = std::max(colourRange, high - low);
  }
  mark.blank = most - least < kBlankContrast && colourRange < kBlankContrast;
  return mark;
}

std::vector<std::vector<std::size_t>> alikeAmong(std::span<const PictureMark> marks) {
  Unions groups(marks.size());
  // Two that differ in fewer than eight bits have one of their eight bytes in common.
  for (int byte = 0; byte < 8; ++byte) {
    std::array<std::vector<std::size_t>, 256> buckets;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if (!marks[i].blank) buckets[marks[i].gradients >> (8 * byte) & 0xFF].push_back(i);
    }
    for (const auto& bucket : buckets) {
      for (std::size_t a = 0; a < bucket.size(); ++a) {
        for (std::size_t b = a + 1; b < bucket.size(); ++b) {
          if (alike(marks[bucket[a]], marks[bucket[b]])) groups.join(bucket[a], bucket[b]);
        }
      }
    }
  }
  std::vector<std::vector<std::size_t>> members(marks.size()), found;
  for (std::size_t i = 0; i < marks.size(); ++i) members[groups.rootOf(i)].push_back(i);
  for (auto& group : members) {
    if (group.size() > 1) found.push_back(std::move(group));
  }
  return found;
}

}  // namespace xllm::data
