#include "core/base/large_pages.h"

namespace xllm {

// Pages of 16 KB on Apple's own processors, and nothing to ask for on the others.
void wantLargePages(void* /*memory*/, std::size_t /*bytes*/) {}

std::size_t moveToLargePages(std::span<const std::byte> /*bytes*/, const std::stop_token& /*stop*/) { return 0; }

}  // namespace xllm
