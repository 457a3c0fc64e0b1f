// ChatGLM's own whole-number files (quantization.py of THUDM/chatglm-6b, -int8 and -int4): each row of a matrix has 8-
// or 4-bit numbers -(2^(bits-1) - 1) … 2^(bits-1) - 1 and one scale; w = scale · q. They are the same numbers as GGUF
// blocks whose scales repeat along the row, which core/kernels multiplies.
#pragma once

#include <cstddef>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/weights/checkpoint.h"

namespace xllm::llm {

// `stored` [out, in · bits / 8] int8 (4 bits: column 2j in the high half of byte j, column 2j + 1 in the low one),
// `scale` [out] of any floating type -> [out, in] float32, exactly.
at::Tensor opened(const at::Tensor& stored, const at::Tensor& scale, int bits);

// The same numbers as Q8_0 or Q4_0 blocks, exactly; `in` is a multiple of 32 and `scale` float16.
struct RepackedRows {
  weights::StorageType type;
  std::vector<std::byte> blocks;
};
RepackedRows repacked(const at::Tensor& stored, const at::Tensor& scale, int bits);

}  // namespace xllm::llm
