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

XLLM_INLINE std::int32_t sumOf(__m128i four) {
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}

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
  const std::int32_t low = sumOf(_mm256_castsi256_si128(quads));
  const std::int32_t sum = low + sumOf(_mm256_extracti128_si256(quads, 1));
  const float scale = amax * (1.0F / 127.0F);
  a.scale[place] = scale;
  a.scaledSum[place] = scale * static_cast<float>(sum);
  a.minusSum[place] = -sum;
  a.minusLow[place] = -low;
}

XLLM_TARGET void quantize(const float* x, const Activations& a, std::int64_t row) {
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  for (std::int64_t g = 0; g < a.groups; ++g, place += step) quantizeGroup(x + g * kGroup, a, place);
}

XLLM_INLINE __m256i four(const std::int8_t* quants) {
  int bits;
  __builtin_memcpy(&bits, quants, 4);
  return _mm256_set1_epi32(bits);
}

// Lines [J, J + N) of 8 weight rows times R rows of activations, added to int32 sums. Nibbles up to 15: eight products
// of pairs (at most 8 · 2 · 15 · 127 = 30480) fit in 16 bits; of five or six bits two do (2 · 2 · 63 · 127 = 32004).
// Signed bytes: |w| ≤ 128 goes in unsigned, w's sign moves over to the activation, and a pair (at most 2 · 128 · 127 =
// 32512) still fits.
template <BlockFormat F, int R, int J, int N>
XLLM_INLINE void addLines(const std::uint8_t* lines, const std::int8_t* quants, __m256i (&sum)[R]) {
  const __m256i nibble = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256i narrow[R];
#pragma GCC unroll 8
  for (int j = J; j < J + N; ++j) {
    const __m256i line = load(lines + 64 * j);
    if constexpr (F == BlockFormat::Q8_0) {
      const __m256i size = _mm256_abs_epi8(line);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const __m256i turned = _mm256_sign_epi8(four(quants + r * kGroup + 4 * j), line);
        sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(_mm256_maddubs_epi16(size, turned), ones));
      }
    } else if constexpr (linesOf(F) == 8) {
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const __m256i pairs = _mm256_maddubs_epi16(line, four(quants + r * kGroup + 4 * j));
        if (j % 2 == 0) {
          narrow[r] = pairs;
        } else {
          sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(_mm256_add_epi16(narrow[r], pairs), ones));
        }
      }
    } else {
      const __m256i low = _mm256_and_si256(line, nibble), high = _mm256_and_si256(_mm256_srli_epi16(line, 4), nibble);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const std::int8_t* const at = quants + r * kGroup + 4 * j;
        if (j == J) narrow[r] = _mm256_setzero_si256();
        narrow[r] = _mm256_add_epi16(narrow[r], _mm256_maddubs_epi16(low, four(at)));
        narrow[r] = _mm256_add_epi16(narrow[r], _mm256_maddubs_epi16(high, four(at + 16)));
        if (j == J + N - 1) sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(narrow[r], ones));
      }
    }
  }
}

XLLM_INLINE __m256 halves(const std::uint8_t* at) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}
XLLM_INLINE __m128i eight(const std::uint8_t* at) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)); }

// Where the right half of a strip's scales lies: eight rows of W.
struct Scales {
  const std::uint8_t *own, *super;  // of the group, and of its super-block
};

// As in the AVX512 file.
template <BlockFormat F>
XLLM_INLINE __m256 scalesOf(const Scales& at, int half) {
  if constexpr (!isSuper(F)) return halves(at.own);
  const __m256i own =
      F == BlockFormat::Q6_K ? _mm256_cvtepi8_epi32(eight(at.own + 16 * half)) : _mm256_cvtepu8_epi32(eight(at.own));
  return _mm256_mul_ps(halves(at.super), _mm256_cvtepi32_ps(own));
}
template <BlockFormat F>
XLLM_INLINE __m256 minimaOf(const Scales& at) {
  if constexpr (!isSuper(F)) return halves(at.own + 32);
  const __m256 own = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(eight(at.own + 16)));
  return _mm256_mul_ps(_mm256_mul_ps(halves(at.super + 32), own), _mm256_set1_ps(-1.0F));
}
template <BlockFormat F>
XLLM_INLINE __m256i startOf(const Activations& a, std::int64_t place, int half) {
  switch (F) {
    case BlockFormat::Q4_0: return _mm256_slli_epi32(_mm256_set1_epi32(a.minusSum[place]), 3);
    case BlockFormat::Q6_K: {
      const std::int32_t low = a.minusLow[place];
      return _mm256_slli_epi32(_mm256_set1_epi32(half == 0 ? low : a.minusSum[place] - low), 5);
    }
    default: return _mm256_setzero_si256();
  }
}

// Rows [row, row + R) of activations times 8 rows of W; `lines` and `scales` point at the right half of the strip.
template <BlockFormat F, int R>
XLLM_TARGET void tile(const BlockMatrix& w, const std::uint8_t* lines, Scales scales, const Activations& a,
                      std::int64_t row, float* y, __m256i columns, bool add) {
  constexpr int kLines = linesOf(F), kHalves = F == BlockFormat::Q6_K ? 2 : 1;
  constexpr bool kHasMinima = F == BlockFormat::Q4_1 || F == BlockFormat::Q4_K || F == BlockFormat::Q5_K;
  const std::uint8_t* const supers = scales.super;
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  __m256 total[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) total[r] = _mm256_setzero_ps();
  for (std::int64_t g = 0; g < w.groups; ++g, place += step, lines += kLines * 64, scales.own += scaleBytesOf(F)) {
    const std::int8_t* const quants = a.quants + place * kGroup;
    scales.super = supers + g / 8 * superBytesOf(F);
#pragma GCC unroll 2
    for (int half = 0; half < kHalves; ++half) {
      __m256i sum[R];
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) sum[r] = startOf<F>(a, place + r, half);
      if constexpr (kHalves == 2) {
        half == 0 ? addLines<F, R, 0, 4>(lines, quants, sum) : addLines<F, R, 4, 4>(lines, quants, sum);
      } else {
        addLines<F, R, 0, kLines>(lines, quants, sum);
      }
      const __m256 d = scalesOf<F>(scales, half);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const __m256 scale = _mm256_mul_ps(d, _mm256_set1_ps(a.scale[place + r]));
        total[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[r]), scale, total[r]);
      }
    }
    if constexpr (kHasMinima) {
      const __m256 m = minimaOf<F>(scales);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) total[r] = _mm256_fmadd_ps(m, _mm256_set1_ps(a.scaledSum[place + r]), total[r]);
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
    // Scales of one byte a row lie eight bytes on, of two bytes sixteen.
    const Scales scales{strip + quantBytes + half % 2 * (isSuper(F) ? 8 : 16),
                        strip + stripSuperBytes(F, w.groups) + half % 2 * 16};
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
    case BlockFormat::Q4_K: return multiplyAs<BlockFormat::Q4_K>(w, a, begin, end, y, add);
    case BlockFormat::Q5_K: return multiplyAs<BlockFormat::Q5_K>(w, a, begin, end, y, add);
    case BlockFormat::Q6_K: return multiplyAs<BlockFormat::Q6_K>(w, a, begin, end, y, add);
  }
}

}  // namespace

const BlockKernels& avx2BlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
