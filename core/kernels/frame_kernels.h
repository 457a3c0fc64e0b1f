// The inner loops of frame_attention, one table per instruction set. Internal to core/kernels.
#pragma once

#include <cstdint>

#include "core/kernels/isa.h"

namespace xllm::kernels {

using Word = std::int16_t;

// Two numbers that are multiplied at once.
struct WordPair {
  Word even = 0, odd = 0;
};

inline constexpr std::int64_t kFrameBlock = 64;  // columns whose keys lie side by side, and whose values are summed up
inline constexpr std::int64_t kFrameRows = 24;   // queries of one task, at most

// Sums of kFrameBlock products of these fit 32 bits.
inline constexpr float kLargestWeight = 32767.0F, kLargestValue = 1023.0F;
// Queries and keys are rounded up to this, so that their products over a whole head do.
float largestKey(std::int64_t dim);

constexpr std::int64_t padded(std::int64_t columns) { return (columns + kFrameBlock - 1) / kFrameBlock * kFrameBlock; }
constexpr std::int64_t paddedWidth(std::int64_t dim) { return (dim + 15) / 16 * 16; }
constexpr std::int64_t pairsOf(std::int64_t count) { return (count + 1) / 2; }

// One part of a head: row r [dim] at first + r · stride.
struct FrameRows {
  const float* first = nullptr;
  std::int64_t count = 0, stride = 0, dim = 0;

  const float* at(std::int64_t row) const { return first + row * stride; }
};

// x ≈ scale · rounded. What pads a block or a width is zero.
struct PackedKeys {
  WordPair* pairs = nullptr;  // numbers 2i, 2i + 1 of column 64 b + c at pairs[(b · pairsOf(dim) + i) · 64 + c]
  float* scales = nullptr;    // [padded(columns)], of each
};
struct PackedValues {
  WordPair* pairs = nullptr;  // number d of columns 2j, 2j + 1 at pairs[j · paddedWidth(dim) + d]; padded(columns)
  float* scales = nullptr;    // [paddedWidth(dim)], of each d
};

// Some queries of one head, and all columns that they see.
struct FrameTask {
  FrameRows queries;
  PackedKeys keys;
  PackedValues values;
  std::int64_t columns = 0;
  float scale = 1.0F;    // of scores
  float* out = nullptr;  // row r [dim] at out + r · outStride
  std::int64_t outStride = 0;
};

struct FrameScratch {
  float* scores = nullptr;      // kFrameRows · max(padded(columns), paddedWidth(dim))
  Word* weights = nullptr;      // kFrameRows · padded(columns)
  WordPair* queries = nullptr;  // kFrameRows · paddedWidth(dim)
};

struct FrameKernels {
  // row: room for paddedWidth(dim).
  void (*packKeys)(const FrameRows& keys, const PackedKeys& packed, WordPair* row);
  void (*packValues)(const FrameRows& values, const PackedValues& packed);
  void (*attend)(const FrameTask& task, const FrameScratch& scratch);
};

const FrameKernels& frameKernels(Isa isa);
const FrameKernels& plainFrameKernels();
const FrameKernels& avx2FrameKernels();
const FrameKernels& avxVnniFrameKernels();
const FrameKernels& avx512FrameKernels();

}  // namespace xllm::kernels
