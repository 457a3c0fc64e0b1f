// The inner loops of transformer_ops, one table of functions per instruction set. Internal to core/kernels. All
// float32, but for keys and values, which may be float16 or int8.
#pragma once

#include <cstdint>

#include "core/kernels/isa.h"
#include "core/kernels/key_block.h"

namespace xllm::kernels {

using Half = std::uint16_t;  // the bits of a float16

// Queries of one key/value head, and the columns they see. A row is one head of one token; rows of a token lie side by
// side. Key: float, Half, or int8 with a scale for each column.
template <typename Key>
struct AttentionTask {
  const float* q = nullptr;      // [tokens, heads, headDim]: of token t at q + t · tokenStride
  float* out = nullptr;          // the same layout
  std::int64_t tokenStride = 0;  // numbers from one token's queries to the next
  std::int64_t tokens = 0, heads = 0, headDim = 0;
  std::int64_t position = 0;         // column of the first token; token t sees columns 0 … position + t
  const Key* keys = nullptr;         // [blocks, headDim, kKeyBlock], whole blocks of memory
  const Key* values = nullptr;       // [columns, headDim]
  const float* keyScales = nullptr;  // of int8 alone: column c counts keyScales[c] times
  const float* valueScales = nullptr;
  float scale = 1.0F;
};

struct VectorKernels {
  void (*rmsNorm)(const float* x, const float* weight, float epsilon, std::int64_t width, float* y);  // one row
  void (*swiGlu)(const float* gate, const float* up, std::int64_t count, float* y);
  // One token: x [heads, headDim] in place; cos, sin [headDim / 2].
  void (*rotateHalves)(float* x, const float* cos, const float* sin, std::int64_t heads, std::int64_t headDim);
  // A row's result does not depend, to the last bit, on what other rows are in the task. scratch: attentionScratch()
  // floats.
  void (*attend)(const AttentionTask<float>& task, float* scratch);
  void (*attendHalves)(const AttentionTask<Half>& task, float* scratch);
  void (*attendBytes)(const AttentionTask<std::int8_t>& task, float* scratch);
  void (*toHalf)(const float* x, std::int64_t count, Half* y);  // to nearest, ties to even
  // x ≈ y · the scale that is returned, which is max |x| / 127; to nearest, ties to even. Finite x.
  float (*toBytes)(const float* x, std::int64_t count, std::int8_t* y);
};

inline constexpr std::int64_t kMaxQueryRows = 96;  // tokens · heads of one task

// Floats for one task: its queries and outputs, the scores of a block, the block's keys or values, sums and maxima.
constexpr std::int64_t attentionScratch(std::int64_t rows, std::int64_t headDim) {
  const std::int64_t width = (headDim + 15) / 16 * 16;
  return 2 * rows * width + rows * kKeyBlock + width * kKeyBlock + 2 * ((rows + 15) / 16 * 16) + 64;
}

const VectorKernels& vectorKernels(Isa isa);
const VectorKernels& vectors();  // of activeIsa()
const VectorKernels& plainVectorKernels();
const VectorKernels& avx2VectorKernels();
const VectorKernels& avx512VectorKernels();

}  // namespace xllm::kernels
