// AVX512-VNNI side of QuantizedLinear's kernels. Only intrinsics in here: every function is compiled for its
// instruction set on its own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include "core/kernels/block_kernels.h"
#include "core/kernels/target_avx512.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

constexpr std::int64_t kStrips = 2;
constexpr int kFewRows = 4;

#include "core/kernels/byte_sums.inl"

#include "core/kernels/block_columns.inl"

#include "core/kernels/block_kernels.inl"

template <BlockFormat F>
XLLM_TARGET void passRows(const Bundle& b) {
  std::int64_t row = 0;
  if (b.sides == 2) {
    row = through<F, 2, 6>(b, row);
    row = through<F, 2, 2>(b, row);
    through<F, 2, 1>(b, row);
    return;
  }
  row = through<F, 1, 12>(b, row);
  row = through<F, 1, 8>(b, row);
  row = through<F, 1, 4>(b, row);
  row = through<F, 1, 2>(b, row);
  through<F, 1, 1>(b, row);
}

}  // namespace

const BlockKernels& avx512BlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
