#include <windows.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/this_process.h"

namespace xllm {

namespace {

// In steps of 100 ns since 1601.
std::int64_t ticksOf(const ::FILETIME& time) {
  return static_cast<std::int64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime;
}

}  // namespace

std::int64_t processId() { return ::GetCurrentProcessId(); }

std::filesystem::path programFile() {
  constexpr std::size_t kMost = 32768;  // characters of a path
  std::wstring path(kMost, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<::DWORD>(path.size())));
  return path;
}

std::filesystem::path dataHome() {
  const wchar_t* folder = ::_wgetenv(L"LOCALAPPDATA");
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

std::filesystem::path cacheHome() { return dataHome(); }  // Windows has one place for both

double secondsSinceStart() {
  ::FILETIME started{}, ended{}, kernel{}, user{}, now{};
  if (!::GetProcessTimes(::GetCurrentProcess(), &started, &ended, &kernel, &user)) return 0;
  ::GetSystemTimeAsFileTime(&now);
  return static_cast<double>(ticksOf(now) - ticksOf(started)) / 1e7;
}

int usableCores() {
  ::DWORD bytes = 0;
  ::GetLogicalProcessorInformationEx(RelationProcessorCore, nullptr, &bytes);
  std::vector<unsigned char> told(bytes);
  auto* first = reinterpret_cast<::SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(told.data());
  if (bytes == 0 || !::GetLogicalProcessorInformationEx(RelationProcessorCore, first, &bytes)) return 1;
  ::DWORD_PTR ours = 0, all = 0;
  ::GetProcessAffinityMask(::GetCurrentProcess(), &ours, &all);
  int cores = 0;
  for (::DWORD at = 0; at < bytes;) {
    const auto* core = reinterpret_cast<const ::SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(told.data() + at);
    // With more than 64 processors a process has no mask that means all of them.
    if (ours == 0 || (core->Processor.GroupMask[0].Mask & ours) != 0) ++cores;
    at += core->Size;
  }
  return std::max(1, cores);
}

void standBack() { ::SetThreadPriority(::GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL); }

void keepFreedMemory(std::int64_t /*bytes*/) {}
void giveBackFreedMemory() {}

}  // namespace xllm
