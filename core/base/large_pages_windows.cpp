#include "core/base/large_pages.h"

namespace xllm {

// Large pages need the right to lock memory, which nobody has unless an administrator gives it.
void wantLargePages(void* /*memory*/, std::size_t /*bytes*/) {}

std::size_t moveToLargePages(std::span<const std::byte> /*bytes*/, const std::stop_token& /*stop*/) { return 0; }

}  // namespace xllm
