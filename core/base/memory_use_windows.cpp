// clang-format off
#include <windows.h>
#include <psapi.h>
// clang-format on

#include "core/base/memory_use.h"

namespace xllm {

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

}  // namespace xllm
