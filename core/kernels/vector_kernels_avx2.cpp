// AVX2 side of the vector kernels. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/vector_kernels.h"

#define XLLM_TARGET __attribute__((target("avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

using V = __m256;
using M = __m256i;
constexpr std::int64_t kLanes = 8;
constexpr int kRows = 3;

XLLM_INLINE V zero() { return _mm256_setzero_ps(); }
XLLM_INLINE V all(float x) { return _mm256_set1_ps(x); }
XLLM_INLINE V load(const float* at) { return _mm256_loadu_ps(at); }
XLLM_INLINE void store(float* at, V x) { _mm256_storeu_ps(at, x); }
XLLM_INLINE M firstLanes(std::int64_t n) {
  const int count = n >= 8 ? 8 : n <= 0 ? 0 : static_cast<int>(n);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
XLLM_INLINE V loadSome(M some, const float* at) { return _mm256_maskload_ps(at, some); }
XLLM_INLINE V load(const Half* at) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))); }
XLLM_INLINE V loadSome(M some, const Half* at) {  // there is no masked load of 16 bits; few heads need it
  alignas(16) Half lanes[kLanes] = {};
  const int bits = _mm256_movemask_ps(_mm256_castsi256_ps(some));
  for (int i = 0; i < kLanes; ++i) {
    if ((bits >> i & 1) != 0) lanes[i] = at[i];
  }
  return load(lanes);
}
XLLM_INLINE void storeHalves(std::int64_t count, Half* at, V x) {
  alignas(16) Half lanes[kLanes];
  _mm_store_si128(reinterpret_cast<__m128i*>(lanes), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
  __builtin_memcpy(at, lanes, static_cast<std::uint64_t>(count) * sizeof(Half));
}
XLLM_INLINE void storeSome(M some, float* at, V x) { _mm256_maskstore_ps(at, some, x); }
XLLM_INLINE V add(V a, V b) { return _mm256_add_ps(a, b); }
XLLM_INLINE V mul(V a, V b) { return _mm256_mul_ps(a, b); }
XLLM_INLINE V div(V a, V b) { return _mm256_div_ps(a, b); }
XLLM_INLINE V max(V a, V b) { return _mm256_max_ps(a, b); }
XLLM_INLINE V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
XLLM_INLINE V select(M mask, V a, V b) { return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(mask)); }
XLLM_INLINE float first(V x) { return _mm256_cvtss_f32(x); }
XLLM_INLINE float sumOf(V x) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
XLLM_INLINE float maxOf(V x) {
  __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  s = _mm_max_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}
XLLM_INLINE V roundToInteger(V x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
XLLM_INLINE V timesPowerOfTwo(V x, V n) {  // n from −126 to 126
  return mul(
      x, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23)));
}

XLLM_INLINE void turn(V (&square)[kLanes]) {
  V fours[kLanes];  // of rows 4i … 4i + 3: columns j and 4 + j of all four in the halves of fours[4i + j]
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    const V low0 = _mm256_unpacklo_ps(square[i], square[i + 1]), high0 = _mm256_unpackhi_ps(square[i], square[i + 1]);
    const V low1 = _mm256_unpacklo_ps(square[i + 2], square[i + 3]);
    const V high1 = _mm256_unpackhi_ps(square[i + 2], square[i + 3]);
    fours[i] = _mm256_shuffle_ps(low0, low1, 0x44);
    fours[i + 1] = _mm256_shuffle_ps(low0, low1, 0xEE);
    fours[i + 2] = _mm256_shuffle_ps(high0, high1, 0x44);
    fours[i + 3] = _mm256_shuffle_ps(high0, high1, 0xEE);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    square[j] = _mm256_permute2f128_ps(fours[j], fours[4 + j], 0x20);
    square[4 + j] = _mm256_permute2f128_ps(fours[j], fours[4 + j], 0x31);
  }
}

#include "core/kernels/vector_kernels.inl"

}  // namespace

const VectorKernels& avx2VectorKernels() {
  static constexpr VectorKernels kKernels = {rmsNorm, swiGlu, rotateHalves, attend, attendHalves, toHalf};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
