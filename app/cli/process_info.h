// What this process knows of itself, for --stats. Memory: core/base/memory_use.h.
#pragma once

#include <string>

namespace xllm::cli {

double millisecondsSinceProcessStart();  // resolution 10 ms: the kernel counts starts in clock ticks
std::string kernelIsa();                 // "avx512vnni"
int kernelThreads();

}  // namespace xllm::cli
