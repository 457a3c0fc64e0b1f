// What this process knows of itself, for --stats.
#pragma once

#include <cstdint>
#include <string>

namespace xllm::cli {

double millisecondsSinceProcessStart();  // resolution 10 ms: the kernel counts starts in clock ticks
std::int64_t peakMemoryBytes();          // largest resident size so far
std::int64_t availableMemoryBytes();     // that programs may still take; 0: the system does not tell
std::string kernelIsa();                 // "avx512vnni"
int kernelThreads();

}  // namespace xllm::cli
