#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <mach-o/dyld.h>
#include <pthread.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "core/base/this_process.h"

namespace xllm {
namespace {

std::filesystem::path inHome(const char* folder) {
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? std::filesystem::path() : std::filesystem::path(home) / folder;
}

}  // namespace

std::int64_t processId() { return ::getpid(); }

std::filesystem::path programFile() {
  std::uint32_t size = 0;
  ::_NSGetExecutablePath(nullptr, &size);
  std::string path(size, '\0');
  if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
  std::error_code problem;
  return std::filesystem::canonical(path.c_str(), problem);
}

std::filesystem::path dataHome() { return inHome("Library/Application Support"); }
std::filesystem::path cacheHome() { return inHome("Library/Caches"); }

double secondsSinceStart() {
  int asked[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, ::getpid()};
  ::kinfo_proc told{};
  ::size_t size = sizeof told;
  if (::sysctl(asked, 4, &told, &size, nullptr, 0) != 0) return 0;
  const ::timeval start = told.kp_proc.p_starttime;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return now.count() - static_cast<double>(start.tv_sec) - static_cast<double>(start.tv_usec) / 1e6;
}

int usableCores() {
  int cores = 0;
  ::size_t size = sizeof cores;
  if (::sysctlbyname("hw.physicalcpu", &cores, &size, nullptr, 0) != 0) {
    cores = static_cast<int>(std::thread::hardware_concurrency());
  }
  return std::max(1, cores);
}

void standBack() { ::pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0); }

void keepFreedMemory(std::int64_t /*bytes*/) {}
void giveBackFreedMemory() {}

}  // namespace xllm
