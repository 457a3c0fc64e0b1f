// AVX512-VNNI side of Int8Linear. Only intrinsics in here: every function is compiled for its instruction set on its
// own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include <immintrin.h>

#include "core/kernels/int8_kernels.h"

#define XLLM_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define XLLM_INLINE XLLM_TARGET __attribute__((always_inline)) static inline

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

#include "core/kernels/rough_exp.inl"

using Input = std::uint8_t;
constexpr int kRows = 6,
              kVectors = kInt8Strip / kLanes;  // of a register tile: 24 sums, 4 of weights, 4 inputs of a row

XLLM_INLINE void storeInputs(Input* at, W x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm512_cvtepi32_epi8(x));
}

template <int R>
XLLM_INLINE void tile(const Int8Task& task, std::int64_t row, std::int32_t (*products)[kInt8Strip]) {
  const std::int64_t stride = task.groups * kInt8Group;
  const Input* const q = static_cast<const Input*>(task.q) + row * stride;
  W sum[R][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) sum[r][n] = allWhole(0);
  }
  const std::int8_t* weights = task.strip.weights;
  for (std::int64_t g = 0; g < task.groups; ++g, weights += kInt8Strip * kInt8Group) {
    W some[kVectors];
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) some[n] = loadWhole(weights + n * 64);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      std::int32_t inputs;
      __builtin_memcpy(&inputs, q + r * stride + g * kInt8Group, sizeof inputs);
      const W all = allWhole(inputs);
#pragma GCC unroll 4
      for (int n = 0; n < kVectors; ++n) sum[r][n] = _mm512_dpbusd_epi32(sum[r][n], all, some[n]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int n = 0; n < kVectors; ++n) storeWhole(products[r] + n * kLanes, sum[r][n]);
  }
}

#include "core/kernels/int8_kernels.inl"

}  // namespace

const Int8Kernels& avx512Int8Kernels() {
  static constexpr Int8Kernels kKernels = {kInt8Strip, sizeof(Input), roundRow, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
