#include <ctime>

#include <unistd.h>
#include <csignal>

#include "app/cli/exit_code.h"
#include "app/cli/interrupt.h"

namespace xllm::cli {

namespace {

::sigset_t interruptions() {
  ::sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  // Blocked here and in every thread made later, so that only the listener below receives them.
  const ::sigset_t set = interruptions();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  m_thread = std::jthread([this](std::stop_token end) { listen(std::move(end)); });
}

void Interrupt::listen(std::stop_token end) {
  const ::sigset_t set = interruptions();
  const ::timespec patience{0, 50'000'000};  // how long the destructor may have to wait
  while (!end.stop_requested()) {
    if (::sigtimedwait(&set, nullptr, &patience) < 0) continue;
    if (!ask()) ::_exit(kInterrupted);
  }
}

}  // namespace xllm::cli
