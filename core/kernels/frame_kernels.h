// The inner loop of frame_attention. Internal to core/kernels.
#pragma once

#include <cstdint>

namespace xllm::kernels {

using BFloat16 = std::uint16_t;  // the bits of a bfloat16
using Pair = std::uint32_t;      // of bfloat16: the first in the lower half

inline constexpr std::int64_t kFrameBlock = 64;  // columns whose keys lie side by side
inline constexpr std::int64_t kFrameRows = 24;   // queries of one task, at most

constexpr std::int64_t padded(std::int64_t columns) { return (columns + kFrameBlock - 1) / kFrameBlock * kFrameBlock; }
constexpr std::int64_t paddedWidth(std::int64_t dim) { return (dim + 15) / 16 * 16; }

// Some queries of one head and all columns that they see.
struct FrameTask {
  const BFloat16* q = nullptr;  // row r at q + r · rowStride
  BFloat16* out = nullptr;      // row r at out + r · outStride
  std::int64_t rows = 0, rowStride = 0, outStride = 0;
  std::int64_t columns = 0, dim = 0;  // dim even
  const Pair* keys = nullptr;    // numbers 2i, 2i + 1 of column 64 b + c at keys[(b · dim / 2 + i) · 64 + c]; padded
  const Pair* values = nullptr;  // number d of columns 2j, 2j + 1 at values[j · paddedWidth(dim) + d]; padded
  float scale = 1.0F;
};

// scores: rows · max(padded(columns), paddedWidth(dim)) floats; weights: rows · padded(columns).
using AttendFrames = void (*)(const FrameTask& task, float* scores, BFloat16* weights);

#if defined(__x86_64__)
void attendFramesAvx512(const FrameTask& task, float* scores, BFloat16* weights);  // AVX512-BF16
#endif

}  // namespace xllm::kernels
