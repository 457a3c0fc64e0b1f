// Stands before core/kernels/target_avxvnni.h: the two instructions that AVX-VNNI adds to AVX2, in AVX2's.
#pragma once

#include <immintrin.h>

#define XLLM_TARGET
#define XLLM_INLINE static inline

namespace xllm::kernels::emulated {

// + the two products of words of each lane.
inline __m256i dpwssd(__m256i sum, __m256i a, __m256i b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }

// + the four products of unsigned bytes with signed ones of each lane: those of even bytes, then those of odd ones.
inline __m256i dpbusd(__m256i sum, __m256i a, __m256i b) {
  const __m256i evenA = _mm256_and_si256(a, _mm256_set1_epi16(255)), oddA = _mm256_srli_epi16(a, 8);
  const __m256i evenB = _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8), oddB = _mm256_srai_epi16(b, 8);
  return dpwssd(dpwssd(sum, evenA, evenB), oddA, oddB);
}

}  // namespace xllm::kernels::emulated

#undef _mm256_dpwssd_avx_epi32
#undef _mm256_dpbusd_avx_epi32
#define _mm256_dpwssd_avx_epi32 ::xllm::kernels::emulated::dpwssd
#define _mm256_dpbusd_avx_epi32 ::xllm::kernels::emulated::dpbusd
