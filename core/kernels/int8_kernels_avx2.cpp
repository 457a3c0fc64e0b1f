// AVX2 side of Int8Linear. It multiplies unsigned by signed bytes only with sums of 16 bits, which 255 · 127 · 2 would
// leave; so both sides go in as words, still twice as many at once as float32. Only intrinsics in here, as in the
// AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/int8_kernels.h"
#include "core/kernels/target_avx2.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx2.inl"

#include "core/kernels/rough_exp.inl"

using Input = std::int16_t;
constexpr std::int64_t kSide = 8;
constexpr int kRows = 6;  // of a register tile: 12 sums, 2 of weights, 4 inputs of a row, a product

XLLM_INLINE void storeInputs(Input* at, W x) { storeWords(at, x); }

// The four weights of four outputs each.
XLLM_INLINE __m256i openWeights(const std::int8_t* at) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

// kSide outputs from `first` on. A lane sums two of an output's four products; its neighbour, the others.
template <int R>
XLLM_INLINE void eightOutputs(const std::int8_t* weights, const Input* q, std::int64_t groups, std::int64_t first,
                              std::int32_t (*products)[kInt8Strip]) {
  const std::int64_t stride = groups * kInt8Group;
  W low[R], high[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) low[r] = high[r] = allWhole(0);
  for (std::int64_t g = 0; g < groups; ++g, weights += kSide * kInt8Group, q += kInt8Group) {
    const __m256i lowWeights = openWeights(weights), highWeights = openWeights(weights + 16);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      long long inputs;
      __builtin_memcpy(&inputs, q + r * stride, sizeof inputs);
      const __m256i four = _mm256_set1_epi64x(inputs);
      low[r] = addBoth(low[r], four, lowWeights);
      high[r] = addBoth(high[r], four, highWeights);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {  // neighbours are added within halves of a register: 0 1 4 5 | 2 3 6 7
    const __m256i sums = _mm256_hadd_epi32(low[r], high[r]);
    storeWhole(products[r] + first, _mm256_permute4x64_epi64(sums, 0xD8));
  }
}

template <int R>
XLLM_INLINE void tile(const Int8Task& task, std::int64_t row, std::int32_t (*products)[kInt8Strip]) {
  const Input* const q = static_cast<const Input*>(task.q) + row * task.groups * kInt8Group;
  for (std::int64_t o = 0; o < task.outputs; o += kSide) {
    eightOutputs<R>(task.strip.weights + o * task.groups * kInt8Group, q, task.groups, o, products);
  }
}

#include "core/kernels/int8_kernels.inl"

#include "core/kernels/int8_multiply.inl"

}  // namespace

const Int8Kernels& avx2Int8Kernels() {
  static constexpr Int8Kernels kKernels = {kSide, sizeof(Input), kRows, 1, roundRow, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
