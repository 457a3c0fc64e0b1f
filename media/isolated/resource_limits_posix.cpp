#include <algorithm>
#include <csignal>
#include <cstdlib>

#include <sys/resource.h>
#include <unistd.h>

#include "core/base/folder_entries.h"
#include "media/isolated/resource_limits.h"

namespace xllm::media {

namespace {

// Both limits: what may be raised again is no limit.
void limit(int resource, ::rlim_t most) {
  ::rlimit now{};
  if (::getrlimit(resource, &now) != 0) return;
  now.rlim_cur = now.rlim_max = std::min(most, now.rlim_max);
  ::setrlimit(resource, &now);
}

// All files but the standard streams.
void closeInheritedFiles() {
  std::error_code ignored;
  for (const auto& file : entriesIn("/dev/fd", ignored)) {
    const int number = std::atoi(file.path().filename().c_str());
    if (number > STDERR_FILENO) ::close(number);
  }
}

}  // namespace

void limitResources() {
  closeInheritedFiles();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  std::signal(SIGXFSZ, SIG_IGN);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows take terabytes of addresses
  limit(RLIMIT_AS, static_cast<::rlim_t>(kMostMemory));
#endif
}

void beginProcessorTime() {
  ::rusage used{};
  ::rlimit now{};
  if (::getrusage(RUSAGE_SELF, &used) != 0 || ::getrlimit(RLIMIT_CPU, &now) != 0) return;
  const auto seconds = static_cast<::rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  now.rlim_cur = std::min(seconds + kMostProcessorSeconds, now.rlim_max);
  ::setrlimit(RLIMIT_CPU, &now);
}

}  // namespace xllm::media
