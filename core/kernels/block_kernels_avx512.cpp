// AVX512-VNNI: 16 rows of W per register, up to 12 registers of sums at a time. Only intrinsics in here: every
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
  const std::int32_t lowSum = _mm512_reduce_add_epi32(_mm512_cvtepi8_epi32(b0));
  const std::int32_t sum = lowSum + _mm512_reduce_add_epi32(_mm512_cvtepi8_epi32(b1));
  const float scale = amax * (1.0F / 127.0F);
  a.scale[place] = scale;
  a.scaledSum[place] = scale * static_cast<float>(sum);
  a.minusSum[place] = -sum;
  a.minusLow[place] = -lowSum;
}

XLLM_TARGET void quantize(const float* x, const Activations& a, std::int64_t row) {
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  for (std::int64_t g = 0; g < a.groups; ++g, place += step) quantizeGroup(x + g * kGroup, a, place);
}

XLLM_INLINE __m512i four(const std::int8_t* quants) {
  int bits;
  __builtin_memcpy(&bits, quants, 4);
  return _mm512_set1_epi32(bits);
}

XLLM_INLINE __m512 halves(const std::uint8_t* at) {
  return _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(at)));
}
XLLM_INLINE __m128i sixteen(const std::uint8_t* at) { return _mm_load_si128(reinterpret_cast<const __m128i*>(at)); }

// d of a group's 16 rows of W (Q6_K: of its first or second half), and m. Products of a float16 and a scale are exact.
template <BlockFormat F>
XLLM_INLINE __m512 scalesOf(const std::uint8_t* scales, const std::uint8_t* super, int half) {
  if constexpr (!isSuper(F)) return halves(scales);
  const __m512i own = F == BlockFormat::Q6_K ? _mm512_cvtepi8_epi32(sixteen(scales + 16 * half))
                                             : _mm512_cvtepu8_epi32(sixteen(scales));
  return _mm512_mul_ps(halves(super), _mm512_cvtepi32_ps(own));
}
template <BlockFormat F>
XLLM_INLINE __m512 minimaOf(const std::uint8_t* scales, const std::uint8_t* super) {
  if constexpr (!isSuper(F)) return halves(scales + 32);
  const __m512 own = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(sixteen(scales + 16)));
  return _mm512_mul_ps(_mm512_mul_ps(halves(super + 32), own), _mm512_set1_ps(-1.0F));
}

// What unsigned weights put into the sum before the first product.
template <BlockFormat F>
XLLM_INLINE __m512i startOf(const Activations& a, std::int64_t place, int half) {
  switch (F) {
    case BlockFormat::Q4_0: return _mm512_slli_epi32(_mm512_set1_epi32(a.minusSum[place]), 3);
    case BlockFormat::Q8_0: return _mm512_slli_epi32(_mm512_set1_epi32(a.minusSum[place]), 7);
    case BlockFormat::Q6_K: {
      const std::int32_t low = a.minusLow[place];
      return _mm512_slli_epi32(_mm512_set1_epi32(half == 0 ? low : a.minusSum[place] - low), 5);
    }
    default: return _mm512_setzero_si512();
  }
}

// Row r of all sums: the product of each strip's bytes with the same four of the activations.
template <int R, int S>
XLLM_INLINE void addTo(__m512i (&sum)[S][R], int r, const __m512i (&bytes)[S], const std::int8_t* quants) {
  const __m512i spread = four(quants);
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s) sum[s][r] = _mm512_dpbusd_epi32(sum[s][r], bytes[s], spread);
}

// The low four bits of 64 numbers and, of `upper` shifted to the left (to the right if negative), their bits above.
template <int SHIFT, int MASK>
XLLM_INLINE __m512i withUpper(__m512i low, __m512i upper) {
  const __m512i moved =
      SHIFT >= 0 ? _mm512_slli_epi16(upper, SHIFT >= 0 ? SHIFT : 0) : _mm512_srli_epi16(upper, SHIFT < 0 ? -SHIFT : 0);
  return _mm512_ternarylogic_epi32(moved, _mm512_set1_epi8(MASK), low, 0xEA);  // moved & MASK | low
}

XLLM_INLINE __m512i lowNibbles(__m512i line) { return _mm512_and_si512(line, _mm512_set1_epi8(15)); }
XLLM_INLINE __m512i highNibbles(__m512i line) { return lowNibbles(_mm512_srli_epi16(line, 4)); }

// Line J of the low four bits of a group of S strips, which lie `apart` bytes apart, times R rows: columns 4J … 4J + 3
// and the same of the second half. `upper`: Q5_K's line of fifth bits.
template <BlockFormat F, int R, int S, int J>
XLLM_INLINE void addNibbles(const std::uint8_t* lines, std::int64_t apart, const __m512i (&upper)[S],
                            const std::int8_t* quants, __m512i (&sum)[S][R]) {
  __m512i low[S], high[S];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s) {
    const __m512i line = _mm512_load_si512(lines + s * apart + 64 * J);
    low[s] = lowNibbles(line);
    high[s] = highNibbles(line);
    if constexpr (F == BlockFormat::Q5_K) {
      low[s] = withUpper<4 - J, 16>(low[s], upper[s]);
      high[s] = withUpper<-J, 16>(high[s], upper[s]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) addTo<R, S>(sum, r, low, quants + r * kGroup + 4 * J);
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) addTo<R, S>(sum, r, high, quants + r * kGroup + 16 + 4 * J);
}

// Columns 4J … 4J + 3 of one half of a group of Q6_K, with the half's line of upper bits.
template <int R, int S, int J>
XLLM_INLINE void addSixBits(const std::uint8_t* lines, std::int64_t apart, int half, const __m512i (&upper)[S],
                            const std::int8_t* quants, __m512i (&sum)[S][R]) {
  __m512i columns[S];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s) {
    const __m512i line = _mm512_load_si512(lines + s * apart + 64 * J);
    columns[s] = withUpper<4 - 2 * J, 48>(half == 0 ? lowNibbles(line) : highNibbles(line), upper[s]);
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) addTo<R, S>(sum, r, columns, quants + r * kGroup + 16 * half + 4 * J);
}

// A group of S strips, which lie `apart` bytes apart, times R rows; of Q6_K only one half of its columns.
template <BlockFormat F, int R, int S>
XLLM_INLINE void addGroup(const std::uint8_t* lines, std::int64_t apart, [[maybe_unused]] int half,
                          const std::int8_t* quants, __m512i (&sum)[S][R]) {
  __m512i upper[S];
#pragma GCC unroll 2
  for (int s = 0; s < S; ++s) {
    upper[s] = linesOf(F) == 5 || linesOf(F) == 6 ? _mm512_load_si512(lines + s * apart + 64 * (4 + half))
                                                  : _mm512_setzero_si512();
  }
  if constexpr (F == BlockFormat::Q6_K) {
    addSixBits<R, S, 0>(lines, apart, half, upper, quants, sum);
    addSixBits<R, S, 1>(lines, apart, half, upper, quants, sum);
    addSixBits<R, S, 2>(lines, apart, half, upper, quants, sum);
    addSixBits<R, S, 3>(lines, apart, half, upper, quants, sum);
  } else if constexpr (F == BlockFormat::Q8_0) {
#pragma GCC unroll 8
    for (int j = 0; j < 8; ++j) {
      __m512i line[S];
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s)
        line[s] = _mm512_xor_si512(_mm512_load_si512(lines + s * apart + 64 * j), _mm512_set1_epi8(-128));
#pragma GCC unroll 12
      for (int r = 0; r < R; ++r) addTo<R, S>(sum, r, line, quants + r * kGroup + 4 * j);
    }
  } else {
    addNibbles<F, R, S, 0>(lines, apart, upper, quants, sum);
    addNibbles<F, R, S, 1>(lines, apart, upper, quants, sum);
    addNibbles<F, R, S, 2>(lines, apart, upper, quants, sum);
    addNibbles<F, R, S, 3>(lines, apart, upper, quants, sum);
  }
}

constexpr std::int64_t kNear = 4096;  // bytes: some 100 ns at a core's share of the memory's speed

// S strips, the first at `strip` and `apart` bytes long each, times R rows of activations, beginning with row `row`,
// all of one batch; of the last strip only `columns`. A processor that loads one register a cycle and multiplies two
// would wait for its loads with one strip: the four bytes of activations that are spread out serve S products.
// The strips behind begin `ahead` bytes on (0: there are none): with few rows the time goes into fetching weights, and
// the scales are too short a stream for the processor to foresee, so they are asked for while these are used. Of long
// strips the next ones would push these out of the first cache; there what is asked for lies kNear further on.
template <BlockFormat F, int R, int S>
XLLM_TARGET void tile(const BlockMatrix& w, const std::uint8_t* strip, std::int64_t apart, const Activations& a,
                      std::int64_t row, float* y, __mmask16 columns, bool add, [[maybe_unused]] std::int64_t ahead) {
  constexpr int kLines = linesOf(F), kScaleBytes = scaleBytesOf(F), kHalves = F == BlockFormat::Q6_K ? 2 : 1;
  constexpr bool kHasMinima = F == BlockFormat::Q4_1 || F == BlockFormat::Q4_K || F == BlockFormat::Q5_K;
  [[maybe_unused]] const std::int64_t aheadInLines = ahead > 3 * kNear / 2 ? kNear : ahead;
  const std::uint8_t* lines = strip;
  const std::uint8_t* const allScales = strip + stripQuantBytes(w);
  const std::uint8_t* const supers = strip + stripSuperBytes(w);
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  __m512 total[S][R];
#pragma GCC unroll 12
  for (int i = 0; i < S * R; ++i) total[i / R][i % R] = _mm512_setzero_ps();
  for (std::int64_t g = 0; g < w.groups; ++g, place += step, lines += kLines * 64) {
    const std::int8_t* const quants = a.quants + place * kGroup;
    const std::uint8_t* const scales = allScales + (g >> w.scaleShift) * kScaleBytes;
    const std::uint8_t* const super = supers + g / 8 * superBytesOf(F);
    if constexpr (R <= 4) {
#pragma GCC unroll 8
      for (int j = 0; kLines <= 6 && j < kLines; ++j) __builtin_prefetch(lines + aheadInLines + 64 * j);
      __builtin_prefetch(scales + ahead);
    }
#pragma GCC unroll 2
    for (int half = 0; half < kHalves; ++half) {
      __m512i sum[S][R];
#pragma GCC unroll 12
      for (int i = 0; i < S * R; ++i) sum[i / R][i % R] = startOf<F>(a, place + i % R, half);
      addGroup<F, R, S>(lines, apart, half, quants, sum);
      __m512 d[S];
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) d[s] = scalesOf<F>(scales + s * apart, super + s * apart, half);
#pragma GCC unroll 12
      for (int i = 0; i < S * R; ++i) {
        const int s = i % S, r = i / S;
        const __m512 scale = _mm512_mul_ps(d[s], _mm512_set1_ps(a.scale[place + r]));
        total[s][r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[s][r]), scale, total[s][r]);
      }
    }
    if constexpr (kHasMinima) {
      __m512 m[S];
#pragma GCC unroll 2
      for (int s = 0; s < S; ++s) m[s] = minimaOf<F>(scales + s * apart, super + s * apart);
#pragma GCC unroll 12
      for (int i = 0; i < S * R; ++i) {
        const int s = i % S, r = i / S;
        total[s][r] = _mm512_fmadd_ps(m[s], _mm512_set1_ps(a.scaledSum[place + r]), total[s][r]);
      }
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < S * R; ++i) {
    const int s = i % S, r = i / S;
    const __mmask16 some = s + 1 == S ? columns : static_cast<__mmask16>(0xFFFF);
    float* const to = y + (row + r) * w.out + s * kStrip;
    if (add) total[s][r] = _mm512_add_ps(total[s][r], _mm512_maskz_loadu_ps(some, to));
    _mm512_mask_storeu_ps(to, some, total[s][r]);
  }
}

template <BlockFormat F>
XLLM_TARGET void multiplyAs(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y,
                            bool add) {
  const std::int64_t bytes = stripBytes(w);
  std::int64_t together = 1;
  for (std::int64_t s = begin; s < end; s += together) {
    together = a.rows >= kPairedRows && s + 2 <= end ? 2 : 1;
    const std::uint8_t* const strip = w.strips + s * bytes;
    const std::int64_t left = w.out - (s + together - 1) * kStrip;
    const auto columns = static_cast<__mmask16>(left >= kStrip ? 0xFFFF : (1 << left) - 1);
    float* const to = y + s * kStrip;
    const std::int64_t ahead = (s + together) * kStrip < w.out ? together * bytes : 0;
    std::int64_t row = 0;
    if (together == 2) {
      for (; row + kPairedRows <= a.rows; row += kPairedRows)
        tile<F, kPairedRows, 2>(w, strip, bytes, a, row, to, columns, add, ahead);
      for (; row + 2 <= a.rows; row += 2) tile<F, 2, 2>(w, strip, bytes, a, row, to, columns, add, ahead);
      if (row < a.rows) tile<F, 1, 2>(w, strip, bytes, a, row, to, columns, add, ahead);
      continue;
    }
    for (; row + 12 <= a.rows; row += 12) tile<F, 12, 1>(w, strip, bytes, a, row, to, columns, add, ahead);
    if (a.rows - row >= 8) tile<F, 8, 1>(w, strip, bytes, a, row, to, columns, add, ahead), row += 8;
    if (a.rows - row >= 4) tile<F, 4, 1>(w, strip, bytes, a, row, to, columns, add, ahead), row += 4;
    if (a.rows - row >= 2) tile<F, 2, 1>(w, strip, bytes, a, row, to, columns, add, ahead), row += 2;
    if (a.rows - row >= 1) tile<F, 1, 1>(w, strip, bytes, a, row, to, columns, add, ahead);
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

const BlockKernels& avx512BlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
