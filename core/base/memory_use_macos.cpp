#include <mach/mach.h>
#include <sys/resource.h>
#include <sys/sysctl.h>

#include "core/base/memory_use.h"

namespace xllm {

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

}  // namespace xllm
