// AVX512-VNNI side of Int8Linear. Only intrinsics in here: every function is compiled for its instruction set on its
// own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include "core/kernels/int8_kernels.h"
#include "core/kernels/target_avx512.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

#include "core/kernels/rough_exp.inl"

constexpr int kRows = 6, kVectors = 4;  // of a register tile: 24 sums, 4 of weights, 4 inputs of a row

#include "core/kernels/int8_bytes.inl"

#include "core/kernels/int8_kernels.inl"

#include "core/kernels/int8_multiply.inl"

}  // namespace

const Int8Kernels& avx512Int8Kernels() {
  static constexpr Int8Kernels kKernels = {kSide, sizeof(Input), kRows, 1, roundRow, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
