// A decoded picture as every part of the program passes it on.
#pragma once

#include <cstdint>
#include <vector>

namespace xllm {

// Row-major, three bytes a pixel (R, G, B), no padding between rows: pixels.size() == width * height * 3.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

}  // namespace xllm
