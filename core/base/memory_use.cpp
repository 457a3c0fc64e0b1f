#include "core/base/memory_use.h"

#if defined(_WIN32)
// clang-format off
#include <windows.h>
#include <psapi.h>
// clang-format on
#elif defined(__APPLE__)
#include <mach/mach.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#else
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>
#endif

namespace xllm {

#if defined(_WIN32)

namespace {

PROCESS_MEMORY_COUNTERS counters() {
  PROCESS_MEMORY_COUNTERS counters{};
  counters.cb = sizeof counters;
  ::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters);
  return counters;
}

MEMORYSTATUSEX machine() {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  ::GlobalMemoryStatusEx(&status);
  return status;
}

}  // namespace

std::int64_t residentMemoryBytes() { return static_cast<std::int64_t>(counters().WorkingSetSize); }
std::int64_t peakMemoryBytes() { return static_cast<std::int64_t>(counters().PeakWorkingSetSize); }
std::int64_t availableMemoryBytes() { return static_cast<std::int64_t>(machine().ullAvailPhys); }
std::int64_t totalMemoryBytes() { return static_cast<std::int64_t>(machine().ullTotalPhys); }

#elif defined(__APPLE__)

std::int64_t residentMemoryBytes() {
  ::mach_task_basic_info info{};
  ::mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  const auto result =
      ::task_info(::mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<::task_info_t>(&info), &count);
  return result == KERN_SUCCESS ? static_cast<std::int64_t>(info.resident_size) : 0;
}

std::int64_t peakMemoryBytes() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss);  // in bytes here
}

std::int64_t availableMemoryBytes() {
  ::vm_statistics64 pages{};
  ::mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
  if (::host_statistics64(::mach_host_self(), HOST_VM_INFO64, reinterpret_cast<::host_info64_t>(&pages), &count) !=
      KERN_SUCCESS)
    return 0;
  const auto free = static_cast<std::int64_t>(pages.free_count) + pages.inactive_count + pages.purgeable_count;
  return free * static_cast<std::int64_t>(vm_kernel_page_size);
}

std::int64_t totalMemoryBytes() {
  std::int64_t bytes = 0;
  ::size_t size = sizeof bytes;
  return ::sysctlbyname("hw.memsize", &bytes, &size, nullptr, 0) == 0 ? bytes : 0;
}

#else

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

#endif

}  // namespace xllm
