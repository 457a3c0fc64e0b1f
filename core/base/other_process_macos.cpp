#include <libproc.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <cerrno>
#include <csignal>

#include "core/base/other_process.h"

namespace xllm {

bool isProcessAlive(std::int64_t process) {
  if (process <= 0) return false;
  if (::kill(static_cast<::pid_t>(process), 0) != 0 && errno == ESRCH) return false;  // another user's may not be asked
  int asked[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(process)};
  ::kinfo_proc told{};
  ::size_t size = sizeof told;
  return ::sysctl(asked, 4, &told, &size, nullptr, 0) != 0 || told.kp_proc.p_stat != SZOMB;
}

std::vector<std::string> commandOf(std::int64_t process) {
  char path[PROC_PIDPATHINFO_MAXSIZE];
  const int length = ::proc_pidpath(static_cast<int>(process), path, sizeof path);
  if (length <= 0) return {};
  return {std::string(path, static_cast<std::size_t>(length))};
}

void interruptProcess(std::int64_t process) {
  if (process > 0) ::kill(static_cast<::pid_t>(process), SIGINT);
}

}  // namespace xllm
