#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "core/base/memory_use.h"

namespace xllm {

namespace {

std::int64_t fromMeminfo(const std::string& key) {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::stoll(line.substr(key.size())) * 1024;
  }
  return 0;
}

}  // namespace

std::int64_t residentMemoryBytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;  // pages
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::int64_t peakMemoryBytes() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

std::int64_t availableMemoryBytes() { return fromMeminfo("MemAvailable:"); }
std::int64_t totalMemoryBytes() { return fromMeminfo("MemTotal:"); }

}  // namespace xllm
