// AVX512-BF16 side of frame_attention. Only intrinsics in here: every function is compiled for its instruction set on
// its own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/frame_kernels.h"

#define XLLM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

#include "core/kernels/avx512_functions.inl"

constexpr int kRows = 6, kVectors = 4;  // of a register tile: 24 sums, 4 registers of b and a pair of a

XLLM_INLINE __m512bh everywhere(const BFloat16* pair) {
  int both;
  __builtin_memcpy(&both, pair, sizeof both);
  return (__m512bh)_mm512_set1_epi32(both);
}

// c [R, N registers] = a [R, steps pairs] · b [steps, N registers of pairs]: each step multiplies two numbers a lane.
template <int R, int N>
XLLM_INLINE void tile(const BFloat16* a, std::int64_t lda, const Pair* b, std::int64_t ldb, std::int64_t steps,
                      float* c, std::int64_t ldc) {
  __m512 sum[R][N];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) sum[r][n] = _mm512_setzero_ps();
  }
  for (std::int64_t i = 0; i < steps; ++i) {
    __m512bh row[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) row[n] = (__m512bh)_mm512_loadu_si512(b + i * ldb + n * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const __m512bh pair = everywhere(a + r * lda + 2 * i);
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) sum[r][n] = _mm512_dpbf16_ps(sum[r][n], pair, row[n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) _mm512_storeu_ps(c + r * ldc + n * kLanes, sum[r][n]);
  }
}

template <int N>
XLLM_TARGET void panel(std::int64_t rows, const BFloat16* a, std::int64_t lda, const Pair* b, std::int64_t ldb,
                       std::int64_t steps, float* c, std::int64_t ldc) {
  std::int64_t r = 0;
  for (; r + kRows <= rows; r += kRows) tile<kRows, N>(a + r * lda, lda, b, ldb, steps, c + r * ldc, ldc);
  for (; r < rows; ++r) tile<1, N>(a + r * lda, lda, b, ldb, steps, c + r * ldc, ldc);
}

// c [rows, width] = a · b, width a multiple of kLanes.
XLLM_TARGET void product(std::int64_t rows, std::int64_t width, const BFloat16* a, std::int64_t lda, const Pair* b,
                         std::int64_t ldb, std::int64_t steps, float* c, std::int64_t ldc) {
  for (std::int64_t n = 0; n < width; n += kVectors * kLanes) {
    switch ((width - n) / kLanes) {
      case 1: panel<1>(rows, a, lda, b + n, ldb, steps, c + n, ldc); break;
      case 2: panel<2>(rows, a, lda, b + n, ldb, steps, c + n, ldc); break;
      case 3: panel<3>(rows, a, lda, b + n, ldb, steps, c + n, ldc); break;
      default: panel<4>(rows, a, lda, b + n, ldb, steps, c + n, ldc); break;
    }
  }
}

// One row: scores [count] -> weights exp(scale · (score − maximum)), 0 up to the end of the last register; their sum.
XLLM_TARGET float weigh(const float* scores, std::int64_t count, float scale, BFloat16* weights) {
  const __m512 lowest = _mm512_set1_ps(-__builtin_inff());
  __m512 top = lowest;
  for (std::int64_t c = 0; c < count; c += kLanes) {
    top = _mm512_max_ps(top, _mm512_mask_loadu_ps(lowest, firstLanes(count - c), scores + c));
  }
  const __m512 factor = _mm512_set1_ps(scale);
  const __m512 shift = _mm512_set1_ps(-scale * _mm512_reduce_max_ps(top));
  __m512 sum = _mm512_setzero_ps();
  for (std::int64_t c = 0; c < count; c += kLanes) {
    const __m512 weight = expOfNegative(_mm512_fmadd_ps(_mm512_loadu_ps(scores + c), factor, shift));
    const __m512 held = _mm512_maskz_mov_ps(firstLanes(count - c), weight);
    sum = _mm512_add_ps(sum, held);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + c), (__m256i)_mm512_cvtneps_pbh(held));
  }
  return _mm512_reduce_add_ps(sum);
}

}  // namespace

XLLM_TARGET void attendFramesAvx512(const FrameTask& task, float* scores, BFloat16* weights) {
  const std::int64_t columns = padded(task.columns), width = paddedWidth(task.dim), pairs = task.dim / 2;
  for (std::int64_t c = 0; c < columns; c += kFrameBlock) {
    const std::int64_t left = paddedWidth(task.columns - c);
    product(task.rows, left < kFrameBlock ? left : kFrameBlock, task.q, task.rowStride, task.keys + c * pairs,
            kFrameBlock, pairs, scores + c, columns);
  }
  float sums[kFrameRows];
  for (std::int64_t r = 0; r < task.rows; ++r) {
    sums[r] = weigh(scores + r * columns, task.columns, task.scale, weights + r * columns);
  }
  float* const seen = scores;  // which are not needed any more
  product(task.rows, width, weights, columns, task.values, width, (task.columns + 1) / 2, seen, width);
  for (std::int64_t r = 0; r < task.rows; ++r) {
    const __m512 factor = _mm512_set1_ps(1.0F / sums[r]);
    for (std::int64_t i = 0; i < task.dim; i += kLanes) {
      const auto out = (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(_mm512_loadu_ps(seen + r * width + i), factor));
      _mm256_mask_storeu_epi16(task.out + r * task.outStride + i, firstLanes(task.dim - i), out);
    }
  }
}

}  // namespace xllm::kernels

#endif
