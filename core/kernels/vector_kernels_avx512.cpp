// AVX512 side of the vector kernels. Only intrinsics in here: every function is compiled for its instruction set on its
// own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include "core/kernels/target_avx512.h"
#include "core/kernels/vector_kernels.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

constexpr int kRows = 6;

XLLM_INLINE V loadSome(M some, const Half* at) { return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(some, at)); }
XLLM_INLINE V loadSome(M some, const std::int8_t* at) {
  return toFloats(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(some, at)));
}
XLLM_INLINE void storeHalves(std::int64_t count, Half* at, V x) {
  const __m256i halves = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  _mm256_mask_storeu_epi16(at, firstLanes(count), halves);
}

#include "core/kernels/vector_kernels.inl"

}  // namespace

const VectorKernels& avx512VectorKernels() {
  static constexpr VectorKernels kKernels = {rmsNorm,      swiGlu,      rotateHalves, attend,
                                             attendHalves, attendBytes, toHalf,       toBytes};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
