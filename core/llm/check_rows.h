// What every language model's forward pass demands of its rows. Internal to core/llm.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace xllm::llm {

// Throws unless `embeddings` are [B, T, hidden] with rows in them, and `valid` is undefined or [B, T] bool.
void checkRows(const at::Tensor& embeddings, const at::Tensor& valid, std::int64_t hidden);

}  // namespace xllm::llm
