#include "app/cli/process_info.h"

#include "core/base/this_process.h"
#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"

namespace xllm::cli {

double millisecondsSinceProcessStart() { return 1000 * secondsSinceStart(); }

std::string kernelIsa() { return std::string(kernels::toString(kernels::activeIsa())); }

int kernelThreads() { return kernels::ThreadPool().threads(); }

}  // namespace xllm::cli
