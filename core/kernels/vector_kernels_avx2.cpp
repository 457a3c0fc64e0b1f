// AVX2 side of the vector kernels. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/target_avx2.h"
#include "core/kernels/vector_kernels.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx2.inl"

constexpr int kRows = 3;

// There is no masked load of less than 32 bits; heads of a multiple of eight need none.
template <typename Number>
XLLM_INLINE const Number* someOf(M some, const Number* at, Number (&lanes)[kLanes]) {
  const int bits = _mm256_movemask_ps(_mm256_castsi256_ps(some));
  if (bits == 0xFF) return at;
  for (int i = 0; i < kLanes; ++i) lanes[i] = (bits >> i & 1) != 0 ? at[i] : Number{0};
  return lanes;
}
XLLM_INLINE V loadSome(M some, const Half* at) {
  Half lanes[kLanes];
  return halves(someOf(some, at, lanes));
}
XLLM_INLINE V loadSome(M some, const std::int8_t* at) {
  std::int8_t lanes[kLanes];
  return toFloats(signedBytes(someOf(some, at, lanes)));
}
XLLM_INLINE void storeHalves(std::int64_t count, Half* at, V x) {
  alignas(16) Half lanes[kLanes];
  _mm_store_si128(reinterpret_cast<__m128i*>(lanes), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
  __builtin_memcpy(at, lanes, static_cast<std::uint64_t>(count) * sizeof(Half));
}

#include "core/kernels/vector_kernels.inl"

}  // namespace

const VectorKernels& avx2VectorKernels() {
  static constexpr VectorKernels kKernels = {rmsNorm,      swiGlu,      rotateHalves, attend,
                                             attendHalves, attendBytes, toHalf,       toBytes};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
