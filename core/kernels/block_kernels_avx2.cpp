// AVX2: half a strip (8 rows of W) per register, up to 4 rows of activations at a time. Only intrinsics in here, as in
// the AVX512 file.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/block_kernels.h"

#define XLLM_TARGET __attribute__((target("avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

XLLM_INLINE __m256i load(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }

XLLM_INLINE void quantizeGroup(const float* from, const Activations& a, std::int64_t place) {
  const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
  __m256i top = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) top = _mm256_max_epu32(top, _mm256_and_si256(load(from + 8 * k), magnitude));
  __m128i narrow = _mm_max_epu32(_mm256_castsi256_si128(top), _mm256_extracti128_si256(top, 1));
  narrow = _mm_max_epu32(narrow, _mm_shuffle_epi32(narrow, 0x4E));
  narrow = _mm_max_epu32(narrow, _mm_shuffle_epi32(narrow, 0xB1));
  const float amax = _mm_cvtss_f32(_mm_castsi128_ps(narrow));
  const float inverse = amax < 1e-30F ? 0.0F : 127.0F / amax;
  __m256i q[4];
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    q[k] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(from + 8 * k), _mm256_set1_ps(inverse)));
  }
  // Packing works within 128-bit halves; the last step puts the eight words of four bytes back in order.
  const __m256i bytes =
      _mm256_permutevar8x32_epi32(_mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3])),
                                  _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(a.quants + place * kGroup), bytes);
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes);
  const __m256i quads = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(quads), _mm256_extracti128_si256(quads, 1));
  sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, 0x4E));
  sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, 0xB1));
  const std::int32_t sum = _mm_cvtsi128_si32(sums);
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

XLLM_INLINE __m256i four(const std::int8_t* quants) {
  int bits;
  __builtin_memcpy(&bits, quants, 4);
  return _mm256_set1_epi32(bits);
}

// Dot products of one group of 8 weight rows with R rows of activations, in int32. Nibbles up to 15: eight products of
// pairs (at most 8 · 2 · 15 · 127 = 30480) fit in 16 bits. Bytes: |w| ≤ 128 goes in unsigned, w's sign moves over to
// the activation, and a pair (at most 2 · 128 · 127 = 32512) still fits.
template <BlockFormat F, int R>
XLLM_INLINE void groupDots(const std::uint8_t* lines, const std::int8_t* quants, __m256i (&sum)[R]) {
  constexpr int kLines = F == BlockFormat::Q8_0 ? 8 : 4;
  const __m256i nibble = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) sum[r] = _mm256_setzero_si256();
#pragma GCC unroll 8
  for (int j = 0; j < kLines; ++j) {
    const __m256i line = load(lines + 64 * j);
    if constexpr (F == BlockFormat::Q8_0) {
      const __m256i size = _mm256_abs_epi8(line);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const __m256i turned = _mm256_sign_epi8(four(quants + r * kGroup + 4 * j), line);
        sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(_mm256_maddubs_epi16(size, turned), ones));
      }
    } else {
      const __m256i low = _mm256_and_si256(line, nibble), high = _mm256_and_si256(_mm256_srli_epi16(line, 4), nibble);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const std::int8_t* const at = quants + r * kGroup + 4 * j;
        sum[r] = _mm256_add_epi16(sum[r], _mm256_maddubs_epi16(low, four(at)));
        sum[r] = _mm256_add_epi16(sum[r], _mm256_maddubs_epi16(high, four(at + 16)));
      }
    }
  }
  if constexpr (F != BlockFormat::Q8_0) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sum[r] = _mm256_madd_epi16(sum[r], ones);
  }
}

XLLM_INLINE __m256 halves(const std::uint8_t* at) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

// Rows [row, row + R) of activations times 8 rows of W; `lines` and `scales` point at the right half of the strip.
template <BlockFormat F, int R>
XLLM_TARGET void tile(const BlockMatrix& w, const std::uint8_t* lines, const std::uint8_t* scales, const Activations& a,
                      std::int64_t row, float* y, __m256i columns, bool add) {
  constexpr int kLines = F == BlockFormat::Q8_0 ? 8 : 4, kScaleBytes = F == BlockFormat::Q4_1 ? 64 : 32;
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  __m256 total[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) total[r] = _mm256_setzero_ps();
  for (std::int64_t g = 0; g < w.groups; ++g, place += step) {
    __m256i sum[R];
    groupDots<F, R>(lines + g * kLines * 64, a.quants + place * kGroup, sum);
    const __m256 d = halves(scales + g * kScaleBytes);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      if constexpr (F == BlockFormat::Q4_0) {
        sum[r] = _mm256_add_epi32(sum[r], _mm256_slli_epi32(_mm256_set1_epi32(a.minusSum[place + r]), 3));
      }
      const __m256 scale = _mm256_mul_ps(d, _mm256_set1_ps(a.scale[place + r]));
      total[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[r]), scale, total[r]);
      if constexpr (F == BlockFormat::Q4_1) {
        total[r] =
            _mm256_fmadd_ps(halves(scales + g * kScaleBytes + 32), _mm256_set1_ps(a.scaledSum[place + r]), total[r]);
      }
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    float* const to = y + (row + r) * w.out;
    if (add) total[r] = _mm256_add_ps(total[r], _mm256_maskload_ps(to, columns));
    _mm256_maskstore_ps(to, columns, total[r]);
  }
}

template <BlockFormat F>
XLLM_TARGET void multiplyAs(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y,
                            bool add) {
  const std::int64_t bytes = stripBytes(F, w.groups), quantBytes = stripQuantBytes(F, w.groups);
  for (std::int64_t half = 2 * begin; half < 2 * end; ++half) {
    const std::int64_t left = w.out - half * 8;
    if (left <= 0) break;
    const std::uint8_t* const strip = w.strips + half / 2 * bytes;
    const std::uint8_t* const lines = strip + half % 2 * 32;
    const std::uint8_t* const scales = strip + quantBytes + half % 2 * 16;
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i columns = _mm256_cmpgt_epi32(_mm256_set1_epi32(left < 8 ? static_cast<int>(left) : 8), lane);
    float* const to = y + half * 8;
    std::int64_t row = 0;
    for (; row + 4 <= a.rows; row += 4) tile<F, 4>(w, lines, scales, a, row, to, columns, add);
    for (; row < a.rows; ++row) tile<F, 1>(w, lines, scales, a, row, to, columns, add);
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

const BlockKernels& avx2BlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
