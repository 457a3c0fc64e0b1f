#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/base/this_process.h"

namespace xllm {
namespace {

// The folder that a variable of the XDG standard names, or what it stands for when it is not set.
std::filesystem::path homeFor(const char* variable, const char* usual) {
  const auto folder = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
  };
  if (const auto own = folder(variable); !own.empty()) return own;
  const auto home = folder("HOME");
  return home.empty() ? home : home / usual;
}

}  // namespace

std::int64_t processId() { return ::getpid(); }

std::filesystem::path programFile() {
  // Started through a loader of its own (packaging/linux/portable/program.sh.in), the system takes that for the
  // program.
  if (const char* told = std::getenv("XLLM_PROGRAM_FILE"); told != nullptr && *told != '\0') return told;
  std::error_code problem;
  return std::filesystem::read_symlink("/proc/self/exe", problem);
}

std::filesystem::path dataHome() { return homeFor("XDG_DATA_HOME", ".local/share"); }
std::filesystem::path cacheHome() { return homeFor("XDG_CACHE_HOME", ".cache"); }

double secondsSinceStart() {
  // Field 22 of /proc/self/stat is the start in clock ticks since boot; the second field may hold spaces, so count from
  // its ')'.
  std::ifstream file("/proc/self/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto afterName = text.rfind(')');
  if (afterName == std::string::npos) return 0;
  std::istringstream fields(text.substr(afterName + 1));
  std::string field;
  for (int index = 3; index <= 22; ++index) fields >> field;
  const double start = std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  ::timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - start;
}

int usableCores() {
  ::cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return std::max(1U, std::thread::hardware_concurrency());
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
    std::string siblings;
    cores.insert(std::getline(file, siblings) ? siblings : "cpu" + std::to_string(cpu));
  }
  return std::max<int>(1, static_cast<int>(cores.size()));
}

// Here each thread has a priority of its own.
void standBack() { ::setpriority(PRIO_PROCESS, 0, 10); }

void keepFreedMemory([[maybe_unused]] std::int64_t bytes) {
#ifdef __GLIBC__
  const auto kept = static_cast<int>(std::min<std::int64_t>(bytes, std::numeric_limits<int>::max()));
  ::mallopt(M_MMAP_THRESHOLD, kept);
  ::mallopt(M_TRIM_THRESHOLD, kept);
#endif
}

void giveBackFreedMemory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace xllm
