// AVX-VNNI side of Int8Linear. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/int8_kernels.h"
#include "core/kernels/target_avxvnni.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avxvnni.inl"

#include "core/kernels/rough_exp.inl"

constexpr int kRows = 6, kVectors = 2;  // of a register tile: 12 sums, 2 of weights, 4 inputs of a row

#include "core/kernels/int8_bytes.inl"

#include "core/kernels/int8_kernels.inl"

#include "core/kernels/int8_multiply.inl"

}  // namespace

const Int8Kernels& avxVnniInt8Kernels() {
  static constexpr Int8Kernels kKernels = {kSide, sizeof(Input), kRows, 1, roundRow, multiply};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
