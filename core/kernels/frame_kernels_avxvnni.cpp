// AVX-VNNI side of frame_attention. Only intrinsics in here, as in the AVX512 file.
#if defined(__x86_64__)

#include "core/kernels/frame_kernels.h"
#include "core/kernels/target_avxvnni.h"

namespace xllm::kernels {
namespace {

#include "core/kernels/lanes_avxvnni.inl"

#include "core/kernels/rough_exp.inl"

constexpr int kRows = 6, kVectors = 2;  // of a register tile: 12 sums, 2 of b, a pair of a

#include "core/kernels/frame_kernels.inl"

}  // namespace

const FrameKernels& avxVnniFrameKernels() {
  static constexpr FrameKernels kKernels = {packKeys, packValues, attend};
  return kKernels;
}

}  // namespace xllm::kernels

#endif
