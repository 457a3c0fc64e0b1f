// Keys and values of one sequence in the order in which attention reads them (transformer_ops.h): keys of a block of
// columns lie side by side, so that one load holds the same number of many keys.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/key_block.h"

namespace xllm::kernels {

// Keys and values are both float32, both float16, or both int8 with scales; each contiguous but for its first
// dimension.
struct KeptColumns {
  at::Tensor keys;                    // [kvHeads, blocks, headDim, kKeyBlock]
  at::Tensor values;                  // [kvHeads, columns, headDim]
  at::Tensor keyScales, valueScales;  // of int8 alone: [kvHeads, columns] float32, a row's largest magnitude / 127
};

}  // namespace xllm::kernels
