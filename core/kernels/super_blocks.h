// ggml's super-blocks of 256 numbers (Q4_K, Q5_K, Q6_K), taken apart group by group, for packing and for the reference.
// Layouts: docs/file-formats.md. Internal to core/kernels.
#pragma once

#include <array>
#include <cstdint>

#include "core/kernels/block_kernels.h"

namespace xllm::kernels {

inline constexpr std::int64_t kSuperGroups = 8;  // groups of 32 in a super-block

// 32 numbers: number i is d · scales[i / 16] · (quants[i] − zero) − dmin · minimum, with zero 32 for Q6_K, else 0.
struct SuperGroup {
  std::array<std::uint8_t, 32> quants{};  // 0 … 15, 31 or 63
  std::array<std::int8_t, 2> scales{};    // alike but for Q6_K
  std::uint8_t minimum = 0;               // 0 for Q6_K
  std::uint16_t d = 0, dmin = 0;          // float16
};

// `group` 0 … 7 of the super-block at `block`.
SuperGroup superGroup(BlockFormat format, const std::uint8_t* block, std::int64_t group);

}  // namespace xllm::kernels
