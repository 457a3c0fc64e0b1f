// AVX2 side of QuantizedLinear's kernels. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/block_kernels.h"
#include "core/kernels/target_avx2.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx2.inl"

constexpr std::int64_t kStrips = 1;
constexpr int kFewRows = 2, kBytesFrom = 0;

// Products of pairs in 16 bits, which are added up in 32 from time to time. Eight of four bits (at most 8 · 2 · 15 ·
// 127 = 30480) fit, four of five (4 · 2 · 31 · 127 = 31496), two of six (2 · 2 · 63 · 127 = 32004), and −128 for NaN
// does too.
struct Sum {
  W wide, narrow;
};

XLLM_INLINE Sum sumFrom(W start) { return {start, allWhole(0)}; }
XLLM_INLINE void addUnsigned(Sum& sum, W columns, W spread) {
  sum.narrow = now(_mm256_add_epi16(sum.narrow, _mm256_maddubs_epi16(columns, spread)));
}
XLLM_INLINE void widen(Sum& sum) { sum = sumFrom(addBoth(sum.wide, sum.narrow, _mm256_set1_epi16(1))); }
// |w| ≤ 128 goes in unsigned, w's sign moves over to the activation, and a pair (at most 2 · 128 · 127 = 32512) still
// fits.
XLLM_INLINE void addSigned(Sum& sum, W line, W spread) {
  const W pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(line), _mm256_sign_epi8(spread, line));
  sum.wide = addBoth(sum.wide, pairs, _mm256_set1_epi16(1));
}

#include "core/kernels/block_columns.inl"

#include "core/kernels/block_kernels.inl"

template <BlockFormat F>
XLLM_TARGET void passRows(const Bundle& b) {
  std::int64_t row = through<F, 1, 4>(b, 0);
  row = through<F, 2, 2>(b, row);
  through<F, 2, 1>(b, row);
}

}  // namespace

const BlockKernels& avx2BlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
