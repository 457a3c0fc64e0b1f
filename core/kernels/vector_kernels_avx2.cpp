// AVX2 side of the vector kernels. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/vector_kernels.h"

#define XLLM_TARGET __attribute__((target("avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx2.inl"

constexpr int kRows = 3;

XLLM_INLINE V load(const Half* at) { return halves(at); }
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
