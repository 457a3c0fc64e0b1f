#include <fcntl.h>
#include <unistd.h>

#include "core/base/this_process.h"

namespace xllm {

bool isTerminal(StandardStream stream) { return ::isatty(static_cast<int>(stream) - 1) == 1; }

void openStandardStreams() {
  int opened = 0;
  do {
    opened = ::open("/dev/null", O_RDWR);  // the lowest number that is free
  } while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened >= 0) ::close(opened);
}

}  // namespace xllm
