// A small description of how a picture looks, and which pictures look nearly the same: the same photograph saved anew,
// made smaller or a little brighter. Leaves out crops, turns and mirror images.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/rgb_image.h"

namespace xllm::data {

struct PictureMark {
  std::uint64_t gradients = 0;              // of 9 × 8 averages: a bit where the right one is brighter
  std::array<std::uint8_t, 192> colours{};  // 8 × 8 averages of R, G, B
  bool blank = true;                        // one colour, nearly
};

PictureMark markOf(const RgbImage& image);

// Groups of at least two indices into `marks`, each group in order, the first ones first; blank pictures are in none.
// Time grows with the square of the number, slowly: 100,000 take some seconds.
std::vector<std::vector<std::size_t>> alikeAmong(std::span<const PictureMark> marks);

}  // namespace xllm::data
