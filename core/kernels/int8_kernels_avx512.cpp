// AVX512-VNNI side of Int8Linear. Only intrinsics in here: every function is compiled for its instruction set on its
// own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/int8_kernels.h"

#define XLLM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

#include "core/kernels/avx512_functions.inl"

constexpr int kRows = 6,
              kVectors = kInt8Strip / kLanes;  // of a register tile: 24 sums, 4 of weights, 4 inputs of a row

XLLM_TARGET RowScale roundRow(const float* x, std::int64_t count, std::uint8_t* q) {
  __m512 low = _mm512_setzero_ps(), high = low;
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const __m512 some = _mm512_maskz_loadu_ps(firstLanes(count - i), x + i);
    low = _mm512_min_ps(low, some);
    high = _mm512_max_ps(high, some);
  }
  const RowScale row = rowScale(_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high));
  const __m512 inverse = _mm512_set1_ps(row.scale > 0.0F ? 1.0F / row.scale : 0.0F);
  const __m512i zero = _mm512_set1_epi32(row.zero);
  const std::int64_t whole = (count + kInt8Group - 1) / kInt8Group * kInt8Group;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    const __mmask16 some = firstLanes(count - i);
    const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(some, x + i), inverse);
    const __m512i rounded =
        _mm512_max_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(scaled), zero), _mm512_setzero_si512());
    _mm_mask_storeu_epi8(q + i, firstLanes(whole - i), _mm512_cvtusepi32_epi8(_mm512_maskz_mov_epi32(some, rounded)));
  }
  return row;
}

// x · (1 + erf(x / √2)) / 2, erf by Abramowitz and Stegun 7.1.26: to 1.5e-7 of 1.
XLLM_INLINE __m512 gelu(__m512 x) {
  const __m512 z = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(0.707106781F));
  const __m512 one = _mm512_set1_ps(1.0F);
  const __m512 below = _mm512_fmadd_ps(z, _mm512_set1_ps(0.3275911F), one);
  const __m512 guess = _mm512_rcp14_ps(below);  // and one step of Newton's, in half the time of a division
  const __m512 t = _mm512_mul_ps(guess, _mm512_fnmadd_ps(guess, below, _mm512_set1_ps(2.0F)));
  __m512 p = _mm512_set1_ps(1.061405429F);
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736F));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592F));
  const __m512 tail = _mm512_mul_ps(_mm512_mul_ps(p, t), expOfNegative(_mm512_fnmadd_ps(z, z, _mm512_setzero_ps())));
  const __m512 half = _mm512_mul_ps(_mm512_mul_ps(x, _mm512_set1_ps(0.5F)), tail);  // x · (1 − erf |x / √2|) / 2
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), _mm512_sub_ps(x, half), half);
}

// To nearest, ties to even.
XLLM_INLINE __m256i toBFloat16(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  return _mm512_cvtepi32_epi16(
      _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd), 16));
}

// Of R rows: Σ q w for each output of the strip.
template <int R>
XLLM_INLINE void tile(const Int8Task& task, std::int64_t row, std::int32_t (*products)[kInt8Strip]) {
  const std::int64_t stride = task.groups * kInt8Group;
  const std::uint8_t* const q = task.q + row * stride;
  __m512i sum[R][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) sum[r][n] = _mm512_setzero_si512();
  }
  const std::int8_t* weights = task.strip.weights;
  for (std::int64_t g = 0; g < task.groups; ++g, weights += kInt8Strip * kInt8Group) {
    __m512i some[kVectors];
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) some[n] = _mm512_loadu_si512(weights + n * 64);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      int inputs;
      __builtin_memcpy(&inputs, q + r * stride + g * kInt8Group, sizeof inputs);
      const __m512i all = _mm512_set1_epi32(inputs);
#pragma GCC unroll 4
      for (int n = 0; n < kVectors; ++n) sum[r][n] = _mm512_dpbusd_epi32(sum[r][n], all, some[n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) _mm512_storeu_si512(products[r] + n * kLanes, sum[r][n]);
  }
}

// Σ q w of a row -> y.
XLLM_TARGET void finish(const Int8Task& task, std::int64_t row, const std::int32_t* products) {
  const RowScale& scale = task.rowScales[row];
  for (std::int64_t at = 0; at < task.outputs; at += kLanes) {
    const __mmask16 kept = firstLanes(task.outputs - at);
    const __m512i shift = _mm512_mullo_epi32(_mm512_loadu_si512(task.strip.sums + at), _mm512_set1_epi32(scale.zero));
    const __m512 whole = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_loadu_si512(products + at), shift));
    const __m512 factor = _mm512_mul_ps(_mm512_loadu_ps(task.strip.scales + at), _mm512_set1_ps(scale.scale));
    __m512 y = _mm512_fmadd_ps(whole, factor, _mm512_loadu_ps(task.strip.bias + at));
    if (task.gelu) y = gelu(y);
    const std::int64_t place = row * task.stride + at;
    if (task.y) {
      if (task.add) y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(kept, task.y + place));
      _mm512_mask_storeu_ps(task.y + place, kept, y);
    } else {
      _mm256_mask_storeu_epi16(task.rounded + place, kept, toBFloat16(y));
    }
  }
}

XLLM_TARGET void multiply(const Int8Task& task) {
  std::int32_t products[kRows][kInt8Strip];
  std::int64_t row = 0;
  for (; row + kRows <= task.rows; row += kRows) {
    tile<kRows>(task, row, products);
    for (int r = 0; r < kRows; ++r) finish(task, row + r, products[r]);
  }
  for (; row < task.rows; ++row) {
    tile<1>(task, row, products);
    finish(task, row, products[0]);
  }
}

}  // namespace

const Int8Kernels& avx512Int8Kernels() {
  static constexpr Int8Kernels kKernels = {roundRow, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
