// Sizes of the stored element types, and the GGUF block formats turned into float32. Layouts: docs/file-formats.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Elements are stored `elements` at a time in `bytes` bytes; {1, 4} for F32, {32, 20} for Q4_1.
struct BlockLayout {
  std::int64_t elements;
  std::int64_t bytes;
};
BlockLayout blockLayout(StorageType type);
bool isBlockFormat(StorageType type);  // Q2_K … Q8_0

// By ggml's number, as GGUF and whisper.cpp store it. Throws FormatError, naming `tensor`, for types that are not read.
StorageType ggmlType(std::uint32_t id, const std::string& tensor);

// LibTorch's type of the same bytes; nothing for the block formats.
std::optional<at::ScalarType> scalarType(StorageType type);

// Bytes of a row-major tensor of this shape. Throws FormatError when a size is negative, there are more than 64 of
// them, a product does not fit 63 bits, or a row is no whole number of blocks.
std::uint64_t storedBytes(StorageType type, const std::vector<std::int64_t>& shape);

// The key of a safetensors file's metadata that names tensors of blocks, {"name": "Q8_0"}; to other programs they are
// rows of bytes.
inline constexpr const char* kBlocksKey = "xllm.blocks";

// Rounds values to blocks as ggml's reference quantisers do: Q8_0, Q4_0 or Q4_1. `values` are whole blocks and `blocks`
// holds exactly as many.
void quantise(StorageType type, std::span<const float> values, std::span<std::byte> blocks);

// Writes `out.size()` values; `blocks` holds exactly as many. Not for types that are no block formats.
void dequantise(StorageType type, std::span<const std::byte> blocks, std::span<float> out);

}  // namespace xllm::weights
