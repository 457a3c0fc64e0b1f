// AVX-VNNI side of QuantizedLinear's kernels: AVX2's registers with AVX512-VNNI's sums of four products. Only
// intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/block_kernels.h"
#include "core/kernels/target_avxvnni.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avxvnni.inl"

constexpr std::int64_t kStrips = 1;
constexpr int kFewRows = 2;

#include "core/kernels/byte_sums.inl"

#include "core/kernels/block_columns.inl"

#include "core/kernels/block_kernels.inl"

template <BlockFormat F>
XLLM_TARGET void passRows(const Bundle& b) {
  std::int64_t row = through<F, 2, 6>(b, 0);
  row = through<F, 2, 4>(b, row);
  row = through<F, 2, 2>(b, row);
  through<F, 2, 1>(b, row);
}

}  // namespace

const BlockKernels& avxVnniBlockKernels() {
  static constexpr BlockKernels kKernels = {quantize, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
