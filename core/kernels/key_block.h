// How many keys lie side by side (kept_columns.h).
#pragma once

#include <cstdint>

namespace xllm::kernels {

inline constexpr std::int64_t kKeyBlock = 64;  // columns

}  // namespace xllm::kernels
