// AVX512-VNNI: 16 rows of W per register, up to 12 rows of activations at a time. Only intrinsics in here: every
// function is compiled for its instruction set on its own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/block_kernels.h"

#define XLLM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

// Sixteen numbers rounded to int32, to nearest, ties to even; NaN and infinity become the smallest.
XLLM_INLINE __m512i rounded(const float* x, __m512 inverse) {
  return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), inverse));
}

XLLM_INLINE void quantizeGroup(const float* from, const Activations& a, std::int64_t place) {
  const __m512i magnitude = _mm512_set1_epi32(0x7FFFFFFF);
  const __m512i low = _mm512_and_si512(_mm512_loadu_si512(from), magnitude);
  const __m512i high = _mm512_and_si512(_mm512_loadu_si512(from + 16), magnitude);
  const __m512i largest = _mm512_set1_epi32(static_cast<int>(_mm512_reduce_max_epu32(_mm512_max_epu32(low, high))));
  const float amax = _mm512_cvtss_f32(_mm512_castsi512_ps(largest));
  const float inverse = amax < 1e-30F ? 0.0F : 127.0F / amax;
  const __m512i q0 = rounded(from, _mm512_set1_ps(inverse)), q1 = rounded(from + 16, _mm512_set1_ps(inverse));
  const __m128i b0 = _mm512_cvtsepi32_epi8(q0), b1 = _mm512_cvtsepi32_epi8(q1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(a.quants + place * kGroup), b0);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(a.quants + place * kGroup + 16), b1);
  const std::int32_t sum =
      _mm512_reduce_add_epi32(_mm512_add_epi32(_mm512_cvtepi8_epi32(b0), _mm512_cvtepi8_epi32(b1)));
  const float scale = amax * (1.0F / 127.0F);
  a.scale[place] = scale;
  a.scaledSum[place] = scale * static_cast<float>(sum);
  a.minusSum[place] = -sum;
}

XLLM_TARGET void quantize(const float* x, const Activations& a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    std::int64_t place = a.place(row);
    const float* const from = x + row * a.groups * kGroup;
    for (std::int64_t g = 0; g < a.groups; ++g, place += a.batchRows(row)) quantizeGroup(from + g * kGroup, a, place);
  }
}

XLLM_INLINE __m512i four(const std::int8_t* quants) {
  int bits;
  __builtin_memcpy(&bits, quants, 4);
  return _mm512_set1_epi32(bits);
}

// One strip times R rows of activations, beginning with row `row`, all of one batch. The next strip begins `ahead`
// bytes on (0: there is none): with few rows the time goes into fetching weights, and the scales are too short a stream
// for the processor to foresee, so the next strip is asked for while this one is used.
template <BlockFormat F, int R>
XLLM_TARGET void tile(const BlockMatrix& w, const std::uint8_t* strip, const Activations& a, std::int64_t row, float* y,
                      __mmask16 columns, bool add, [[maybe_unused]] std::int64_t ahead) {
  constexpr int kLines = F == BlockFormat::Q8_0 ? 8 : 4, kScaleBytes = F == BlockFormat::Q4_1 ? 64 : 32;
  const std::uint8_t* lines = strip;
  const std::uint8_t* scales = strip + w.groups * kLines * 64;
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  const __m512i nibble = _mm512_set1_epi8(15);
  __m512 total[R];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) total[r] = _mm512_setzero_ps();
  for (std::int64_t g = 0; g < w.groups; ++g, place += step, lines += kLines * 64, scales += kScaleBytes) {
    const std::int8_t* const quants = a.quants + place * kGroup;
    if constexpr (R <= 4) {
#pragma GCC unroll 8
      for (int j = 0; F != BlockFormat::Q8_0 && j < kLines; ++j) __builtin_prefetch(lines + ahead + 64 * j);
      __builtin_prefetch(scales + ahead);
    }
    __m512i sum[R];
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      if constexpr (F == BlockFormat::Q4_1) {
        sum[r] = _mm512_setzero_si512();
      } else {
        sum[r] = _mm512_slli_epi32(_mm512_set1_epi32(a.minusSum[place + r]), F == BlockFormat::Q4_0 ? 3 : 7);
      }
    }
#pragma GCC unroll 8
    for (int j = 0; j < kLines; ++j) {
      const __m512i line = _mm512_load_si512(lines + 64 * j);
      if constexpr (F == BlockFormat::Q8_0) {
        const __m512i counted = _mm512_xor_si512(line, _mm512_set1_epi8(-128));
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r) sum[r] = _mm512_dpbusd_epi32(sum[r], counted, four(quants + r * kGroup + 4 * j));
      } else {
        const __m512i low = _mm512_and_si512(line, nibble);
        const __m512i high = _mm512_and_si512(_mm512_srli_epi16(line, 4), nibble);
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r) sum[r] = _mm512_dpbusd_epi32(sum[r], low, four(quants + r * kGroup + 4 * j));
#pragma GCC unroll 12
        for (int r = 0; r < R; ++r) sum[r] = _mm512_dpbusd_epi32(sum[r], high, four(quants + r * kGroup + 16 + 4 * j));
      }
    }
    const __m512 d = _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(scales)));
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const __m512 scale = _mm512_mul_ps(d, _mm512_set1_ps(a.scale[place + r]));
      total[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r]), scale, total[r]);
    }
    if constexpr (F == BlockFormat::Q4_1) {
      const __m512 m = _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(scales + 32)));
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) total[r] = _mm512_fmadd_ps(m, _mm512_set1_ps(a.scaledSum[place + r]), total[r]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
    float* const to = y + (row + r) * w.out;
    if (add) total[r] = _mm512_add_ps(total[r], _mm512_maskz_loadu_ps(columns, to));
    _mm512_mask_storeu_ps(to, columns, total[r]);
  }
}

template <BlockFormat F>
XLLM_TARGET void multiplyAs(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y,
                            bool add) {
  const std::int64_t bytes = stripBytes(F, w.groups);
  for (std::int64_t s = begin; s < end; ++s) {
    const std::uint8_t* const strip = w.strips + s * bytes;
    const std::int64_t left = w.out - s * kStrip;
    const auto columns = static_cast<__mmask16>(left >= kStrip ? 0xFFFF : (1 << left) - 1);
    float* const to = y + s * kStrip;
    const std::int64_t ahead = (s + 1) * kStrip < w.out ? bytes : 0;
    std::int64_t row = 0;
    for (; row + 12 <= a.rows; row += 12) tile<F, 12>(w, strip, a, row, to, columns, add, ahead);
    if (a.rows - row >= 8) tile<F, 8>(w, strip, a, row, to, columns, add, ahead), row += 8;
    if (a.rows - row >= 4) tile<F, 4>(w, strip, a, row, to, columns, add, ahead), row += 4;
    if (a.rows - row >= 2) tile<F, 2>(w, strip, a, row, to, columns, add, ahead), row += 2;
    if (a.rows - row >= 1) tile<F, 1>(w, strip, a, row, to, columns, add, ahead);
  }
}

void multiply(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y, bool add) {
  switch (w.format) {
    case BlockFormat::Q4_0: return multiplyAs<BlockFormat::Q4_0>(w, a, begin, end, y, add);
    case BlockFormat::Q4_1: return multiplyAs<BlockFormat::Q4_1>(w, a, begin, end, y, add);
    case BlockFormat::Q8_0: return multiplyAs<BlockFormat::Q8_0>(w, a, begin, end, y, add);
  }
}

}  // namespace

const BlockKernels& avx512BlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
