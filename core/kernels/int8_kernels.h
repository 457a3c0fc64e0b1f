// The inner loops of Int8Linear, one table per instruction set. Internal to core/kernels.
#pragma once

#include <cstdint>

#include "core/kernels/isa.h"

namespace xllm::kernels {

inline constexpr std::int64_t kInt8Strip = 64;  // outputs of a row that are finished together
inline constexpr std::int64_t kInt8Group = 4;   // inputs multiplied at once

// What a row was rounded to: x ≈ scale · (q − zero), 0 ≤ q ≤ 255.
struct RowScale {
  float scale = 0.0F;
  std::int32_t zero = 0;
};

// Of a strip of outputs, `side` lie side by side: number g · 4 + i of output o is
// weights[((o / side · groups + g) · side + o % side) · 4 + i].
struct Int8Strip {
  const std::int8_t* weights = nullptr;
  const float *scales = nullptr, *bias = nullptr;  // [64]
  const std::int32_t* sums = nullptr;              // [64] of an output's weights
};

// Some rows through one strip: y = scale · (Σ q w − zero Σ w) · scaleOfOutput + bias, then GELU if asked for.
struct Int8Task {
  const void* q = nullptr;  // [rows, 4 · groups] as the kernels' roundRow wrote them
  const RowScale* rowScales = nullptr;
  std::int64_t rows = 0, groups = 0;
  Int8Strip strip;
  std::int64_t outputs = kInt8Strip;  // of the strip that there are
  bool gelu = false;
  bool add = false;    // to what y holds
  float* y = nullptr;  // row r at y + r · stride
  std::int64_t stride = 0;
};

RowScale rowScale(float low, float high);  // low ≤ 0 ≤ high

struct Int8Kernels {
  std::int64_t side;        // outputs that lie side by side
  std::int64_t inputBytes;  // of a q: one, or two where the processor multiplies no bytes
  std::int64_t rows;        // that it takes at once
  std::int64_t depth;       // groups that it takes at once: a row has a multiple of them
  // x [count] -> q [count], and zeros up to the end of the last group.
  RowScale (*roundRow)(const float* x, std::int64_t count, void* q);
  void (*multiply)(const Int8Task& task);
};

const Int8Kernels& int8Kernels(Isa isa);
const Int8Kernels& plainInt8Kernels();
const Int8Kernels& avx2Int8Kernels();
const Int8Kernels& avxVnniInt8Kernels();
const Int8Kernels& avx512Int8Kernels();
const Int8Kernels& amxInt8Kernels();

}  // namespace xllm::kernels
