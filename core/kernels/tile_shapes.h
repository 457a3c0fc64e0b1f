// The shapes of AMX's tiles as ldtilecfg reads them. Internal to core/kernels.
#pragma once

#include <cstdint>

namespace xllm::kernels {

// A tile that has no rows is not used.
struct TileShapes {
  std::uint8_t palette = 1, startRow = 0, reserved[14] = {};
  std::uint16_t rowBytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileShapes) == 64);

}  // namespace xllm::kernels
