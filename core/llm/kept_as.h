// How keys and values of a conversation are kept (core/llm/kv_cache.h): a plain value, without LibTorch.
#pragma once

namespace xllm::llm {

// What a conversation takes of memory, and what each new token reads of it. All but Given are in the order of
// core/kernels, which packed models attend with; with Given they go the general way, through LibTorch.
enum class KeptAs {
  Given = 1,  // as the layers compute
  Float32,
  Float16,  // half of Float32, rounded by 5e-4
  Int8,     // half of Float16, with a scale for each row of a head; rounded by 4e-3 of the row's largest number
};
inline constexpr KeptAs kKeptUsually = KeptAs::Float16;

}  // namespace xllm::llm
