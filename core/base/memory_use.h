// How much memory this process takes, and how much the machine has. Linux, macOS and Windows; where a system does not
// tell, the answer is 0. Any thread.
#pragma once

#include <cstdint>

namespace xllm {

std::int64_t residentMemoryBytes();   // of this process, now
std::int64_t peakMemoryBytes();       // the largest that was so far
std::int64_t availableMemoryBytes();  // that programs may still take
std::int64_t totalMemoryBytes();      // of the machine

}  // namespace xllm
