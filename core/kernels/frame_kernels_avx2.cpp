// AVX2 side of frame_attention. Only intrinsics in here: every function is compiled for its instruction set on its
// own, and nothing inline is shared with the rest of the program.
#if defined(__x86_64__)

#include "core/kernels/frame_kernels.h"
#include "core/kernels/target_avx2.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avx2.inl"

#include "core/kernels/rough_exp.inl"

constexpr int kRows = 6, kVectors = 2;  // of a register tile: 12 sums, 2 of b, a pair of a, a product

#include "core/kernels/frame_kernels.inl"

}  // namespace

const FrameKernels& avx2FrameKernels() {
  static constexpr FrameKernels kKernels = {packKeys, packValues, attend};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
