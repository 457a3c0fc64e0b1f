#include <chrono>
#include <cstdlib>
#include <thread>

#include <unistd.h>

#include "media/isolated/parent_watch.h"

namespace xllm::media {

// poll() does not tell here that the other end of a socket was closed. Whose parent ended gets another one.
void endWithParent() {
  std::thread([parent = ::getppid()] {
    while (::getppid() == parent) std::this_thread::sleep_for(std::chrono::seconds(1));
    std::_Exit(0);
  }).detach();
}

}  // namespace xllm::media
