// AVX2: half a strip (8 rows of W) per register, up to 4 rows of activations at a time. Only intrinsics in here, as in
// the AVX512 file.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/block_kernels.h"

#define XLLM_TARGET __attribute__((target("avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx2.inl"

XLLM_INLINE std::int32_t sumOf(__m128i four) {
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}

XLLM_INLINE void quantizeGroup(const float* from, const Activations& a, std::int64_t place) {
  const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
  __m256i top = _mm256_setzero_si256();
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) top = _mm256_max_epu32(top, _mm256_and_si256(loadWhole(from + 8 * k), magnitude));
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

// Products of pairs in 16 bits, which are added up in 32 from time to time. Eight of four bits (at most 8 · 2 · 15 ·
// 127 = 30480) fit, four of five (4 · 2 · 31 · 127 = 31496), two of six (2 · 2 · 63 · 127 = 32004), and −128 for NaN
// does too.
template <int R>
struct Pairs {
  __m256i narrow[R];
};

template <int R>
XLLM_INLINE void clear(Pairs<R>& pairs) {
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) pairs.narrow[r] = _mm256_setzero_si256();
}

// Four columns of 8 weight rows times the same of R rows of activations.
template <int R>
XLLM_INLINE void add(Pairs<R>& pairs, __m256i columns, const std::int8_t* quants) {
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    pairs.narrow[r] = now(_mm256_add_epi16(pairs.narrow[r], _mm256_maddubs_epi16(columns, four(quants + r * kGroup))));
  }
}

// Into 32 bits.
template <int R>
XLLM_INLINE void widen(Pairs<R>& pairs, __m256i (&sum)[R]) {
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    sum[r] = now(_mm256_add_epi32(sum[r], _mm256_madd_epi16(pairs.narrow[r], _mm256_set1_epi16(1))));
  }
  clear(pairs);
}

XLLM_INLINE __m256i lowNibbles(__m256i line) { return _mm256_and_si256(line, _mm256_set1_epi8(15)); }
XLLM_INLINE __m256i highNibbles(__m256i line) { return lowNibbles(_mm256_srli_epi16(line, 4)); }

// The low four bits of 32 numbers and their bits above: those of MASK in `upper`, shifted to the left (or right).
template <int SHIFT, int MASK>
XLLM_INLINE __m256i withUpper(__m256i low, __m256i upper) {
  const __m256i moved =
      SHIFT >= 0 ? _mm256_slli_epi16(upper, SHIFT >= 0 ? SHIFT : 0) : _mm256_srli_epi16(upper, SHIFT < 0 ? -SHIFT : 0);
  return _mm256_or_si256(low, _mm256_and_si256(moved, _mm256_set1_epi8(MASK)));
}

// Line J of the low four bits of a group: columns 4J … 4J + 3 and the same of the second half.
template <BlockFormat F, int R, int J>
XLLM_INLINE void addNibbles(const std::uint8_t* lines, const std::int8_t* quants, Pairs<R>& pairs, __m256i (&sum)[R]) {
  const __m256i line = loadWhole(lines + 64 * J);
  __m256i low = lowNibbles(line), high = highNibbles(line);
  if constexpr (F == BlockFormat::Q5_K) {
    const __m256i fifth = loadWhole(lines + 64 * 4);
    low = withUpper<4 - J, 16>(low, fifth);
    high = withUpper<-J, 16>(high, fifth);
  }
  add(pairs, low, quants + 4 * J);
  add(pairs, high, quants + 16 + 4 * J);
  if constexpr (F == BlockFormat::Q5_K && J == 1) widen(pairs, sum);
}

// Columns 4J … 4J + 3 of one half of a group of Q6_K.
template <int R, int J>
XLLM_INLINE void addSixBits(const std::uint8_t* lines, int half, const std::int8_t* quants, Pairs<R>& pairs,
                            __m256i (&sum)[R]) {
  const __m256i line = loadWhole(lines + 64 * J), upper = loadWhole(lines + 64 * (4 + half));
  const __m256i low = half == 0 ? lowNibbles(line) : highNibbles(line);
  add(pairs, withUpper<4 - 2 * J, 48>(low, upper), quants + 16 * half + 4 * J);
  if constexpr (J == 1) widen(pairs, sum);
}

// Signed bytes: |w| ≤ 128 goes in unsigned, w's sign moves over to the activation, and a pair (at most 2 · 128 · 127 =
// 32512) still fits.
template <int R>
XLLM_INLINE void addBytes(const std::uint8_t* lines, const std::int8_t* quants, __m256i (&sum)[R]) {
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {
    const __m256i line = loadWhole(lines + 64 * j), size = _mm256_abs_epi8(line);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const __m256i turned = _mm256_sign_epi8(four(quants + r * kGroup + 4 * j), line);
      const __m256i pairs = _mm256_maddubs_epi16(size, turned);
      sum[r] = now(_mm256_add_epi32(sum[r], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))));
    }
  }
}

// A group of 8 weight rows times R rows of activations; of Q6_K only one half of its columns.
template <BlockFormat F, int R>
XLLM_INLINE void addGroup(const std::uint8_t* lines, [[maybe_unused]] int half, const std::int8_t* quants,
                          __m256i (&sum)[R]) {
  if constexpr (F == BlockFormat::Q8_0) {
    addBytes<R>(lines, quants, sum);
  } else {
    Pairs<R> pairs;
    clear(pairs);
    if constexpr (F == BlockFormat::Q6_K) {
      addSixBits<R, 0>(lines, half, quants, pairs, sum);
      addSixBits<R, 1>(lines, half, quants, pairs, sum);
      addSixBits<R, 2>(lines, half, quants, pairs, sum);
      addSixBits<R, 3>(lines, half, quants, pairs, sum);
    } else {
      addNibbles<F, R, 0>(lines, quants, pairs, sum);
      addNibbles<F, R, 1>(lines, quants, pairs, sum);
      addNibbles<F, R, 2>(lines, quants, pairs, sum);
      addNibbles<F, R, 3>(lines, quants, pairs, sum);
    }
    widen(pairs, sum);
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

// Rows [row, row + R) of activations times 8 rows of W; `lines` and `all` scales point at the right half of the strip.
// With few rows the time goes into fetching weights: while both halves of a strip are used, the strip behind it, whose
// lines begin at `next`, is asked for, half of it each time.
template <BlockFormat F, int R>
XLLM_TARGET void tile(const BlockMatrix& w, const std::uint8_t* lines, const Scales& all, const Activations& a,
                      std::int64_t row, float* y, __m256i columns, bool add,
                      [[maybe_unused]] const std::uint8_t* next) {
  constexpr int kLines = linesOf(F), kHalves = F == BlockFormat::Q6_K ? 2 : 1;
  constexpr bool kHasMinima = F == BlockFormat::Q4_1 || F == BlockFormat::Q4_K || F == BlockFormat::Q5_K;
  const std::int64_t step = a.batchRows(row);
  std::int64_t place = a.place(row);
  __m256 total[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) total[r] = _mm256_setzero_ps();
  for (std::int64_t g = 0; g < w.groups; ++g, place += step, lines += kLines * 64) {
    const std::int8_t* const quants = a.quants + place * kGroup;
    const Scales scales{all.own + (g >> w.scaleShift) * scaleBytesOf(F), all.super + g / 8 * superBytesOf(F)};
    if constexpr (R == 1) {
      const std::uint8_t* const wanted = next + g * (kLines * 64 + scaleBytesOf(F)) / 2;
      for (int j = 0; j < kLines * 64 + scaleBytesOf(F); j += 128) __builtin_prefetch(wanted + j / 2, 0, 2);
    }
#pragma GCC unroll 2
    for (int half = 0; half < kHalves; ++half) {
      __m256i sum[R];
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) sum[r] = startOf<F>(a, place + r, half);
      addGroup<F, R>(lines, half, quants, sum);
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
    if (add) total[r] = _mm256_add_ps(total[r], loadSome(columns, to));
    storeSome(columns, to, total[r]);
  }
}

template <BlockFormat F>
XLLM_TARGET void multiplyAs(const BlockMatrix& w, const Activations& a, std::int64_t begin, std::int64_t end, float* y,
                            bool add) {
  const std::int64_t bytes = stripBytes(w), quantBytes = stripQuantBytes(w);
  for (std::int64_t half = 2 * begin; half < 2 * end; ++half) {
    const std::int64_t left = w.out - half * 8;
    if (left <= 0) break;
    const std::uint8_t* const strip = w.strips + half / 2 * bytes;
    const std::uint8_t* const lines = strip + half % 2 * 32;
    // Scales of one byte a row lie eight bytes on, of two bytes sixteen.
    const Scales scales{strip + quantBytes + half % 2 * (isSuper(F) ? 8 : 16),
                        strip + stripSuperBytes(w) + half % 2 * 16};
    const __m256i columns = firstLanes(left);
    float* const to = y + half * 8;
    const bool isLast = (half / 2 + 1) * kStrip >= w.out;
    const std::uint8_t* const next = isLast ? strip : strip + bytes + half % 2 * (bytes / 2);
    std::int64_t row = 0;
    for (; row + 4 <= a.rows; row += 4) tile<F, 4>(w, lines, scales, a, row, to, columns, add, next);
    for (; row < a.rows; ++row) tile<F, 1>(w, lines, scales, a, row, to, columns, add, next);
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
