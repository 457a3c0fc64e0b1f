// AVX512 side of the vector kernels. Only intrinsics in here: every function is compiled for its instruction set on its
// own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/vector_kernels.h"

#define XLLM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

constexpr int kRows = 6;

XLLM_INLINE V load(const Half* at) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))); }
XLLM_INLINE V loadSome(M some, const Half* at) { return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(some, at)); }
XLLM_INLINE void storeHalves(std::int64_t count, Half* at, V x) {
  const __m256i halves = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  _mm256_mask_storeu_epi16(at, firstLanes(count), halves);
}

XLLM_INLINE void turn(V (&square)[kLanes]) {
  V pairs[kLanes];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_ps(square[i], square[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_ps(square[i], square[i + 1]);
  }
  // Of rows 4i … 4i + 3: column 4q + j of all four in the quarter q of fours[4i + j].
  V fours[kLanes];
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    const __m512d low0 = _mm512_castps_pd(pairs[i]), low1 = _mm512_castps_pd(pairs[i + 2]);
    const __m512d high0 = _mm512_castps_pd(pairs[i + 1]), high1 = _mm512_castps_pd(pairs[i + 3]);
    fours[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(low0, low1));
    fours[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low0, low1));
    fours[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high0, high1));
    fours[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high0, high1));
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const V even01 = _mm512_shuffle_f32x4(fours[j], fours[4 + j], 0x88);  // quarters 0 and 2 of both
    const V odd01 = _mm512_shuffle_f32x4(fours[j], fours[4 + j], 0xDD);   // quarters 1 and 3
    const V even23 = _mm512_shuffle_f32x4(fours[8 + j], fours[12 + j], 0x88);
    const V odd23 = _mm512_shuffle_f32x4(fours[8 + j], fours[12 + j], 0xDD);
    square[j] = _mm512_shuffle_f32x4(even01, even23, 0x88);
    square[8 + j] = _mm512_shuffle_f32x4(even01, even23, 0xDD);
    square[4 + j] = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
    square[12 + j] = _mm512_shuffle_f32x4(odd01, odd23, 0xDD);
  }
}

#include "core/kernels/vector_kernels.inl"

}  // namespace

const VectorKernels& avx512VectorKernels() {
  static constexpr VectorKernels kKernels = {rmsNorm, swiGlu, rotateHalves, attend, attendHalves, toHalf};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
