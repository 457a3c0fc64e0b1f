#include "app/cli/process_info.h"

#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"

namespace xllm::cli {

double millisecondsSinceProcessStart() {
  // Field 22 of /proc/self/stat is the start in clock ticks since boot; the second field may hold spaces, so count from
  // its ')'.
  std::ifstream file("/proc/self/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto afterName = text.rfind(')');
  if (afterName == std::string::npos) return 0;
  std::istringstream fields(text.substr(afterName + 1));
  std::string field;
  for (int index = 3; index <= 22; ++index) fields >> field;
  const double startMs = std::stod(field) * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));

  ::timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) * 1000.0 + static_cast<double>(now.tv_nsec) / 1e6 - startMs;
}

std::string kernelIsa() { return std::string(kernels::toString(kernels::activeIsa())); }

int kernelThreads() { return kernels::ThreadPool().threads(); }

}  // namespace xllm::cli
