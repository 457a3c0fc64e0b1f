// AVX512-VNNI side of frame_attention. Only intrinsics in here: every function is compiled for its instruction set on
// its own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include "core/kernels/frame_kernels.h"
#include "core/kernels/target_avx512.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx512.inl"

#include "core/kernels/rough_exp.inl"

constexpr int kRows = 6, kVectors = 4;  // of a register tile: 24 sums, 4 of b and a pair of a

#include "core/kernels/frame_kernels.inl"

}  // namespace

const FrameKernels& avx512FrameKernels() {
  static constexpr FrameKernels kKernels = {packKeys, packValues, attend};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
