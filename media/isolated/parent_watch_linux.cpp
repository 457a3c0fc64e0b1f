#include <cstdlib>
#include <thread>

#include <poll.h>
#include <unistd.h>

#include "media/isolated/parent_watch.h"

namespace xllm::media {

void endWithParent() {
  std::thread([] {
    ::pollfd input{STDIN_FILENO, POLLRDHUP, 0};
    while (::poll(&input, 1, -1) <= 0 || input.revents == 0) {
    }
    std::_Exit(0);
  }).detach();
}

}  // namespace xllm::media
