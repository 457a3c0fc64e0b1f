// How fast this machine's memory can be read, now: the roof over every token that a language model writes.
#pragma once

#include "core/kernels/thread_pool.h"

namespace xllm::benchmark {

// Bytes per second that all threads of `pool` read together, the best of a few passes over memory larger than the
// caches; takes about a quarter of a second. 0 where there is not memory enough to measure with.
double readBandwidth(kernels::ThreadPool& pool);

}  // namespace xllm::benchmark
