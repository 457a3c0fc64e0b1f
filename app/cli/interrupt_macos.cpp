#include <ctime>

#include <sys/event.h>
#include <unistd.h>
#include <csignal>

#include "app/cli/exit_code.h"
#include "app/cli/interrupt.h"

namespace xllm::cli {

namespace {

constexpr int kInterruptions[] = {SIGINT, SIGTERM};

}  // namespace

Interrupt::Interrupt() {
  for (const int signal : kInterruptions) std::signal(signal, SIG_IGN);  // the queue below hears of them all the same
  m_thread = std::jthread([this](std::stop_token end) { listen(std::move(end)); });
}

void Interrupt::listen(std::stop_token end) {
  const int queue = ::kqueue();
  for (const int signal : kInterruptions) {
    struct ::kevent wanted {};
    EV_SET(&wanted, signal, EVFILT_SIGNAL, EV_ADD, 0, 0, nullptr);
    ::kevent(queue, &wanted, 1, nullptr, 0, nullptr);
  }
  const ::timespec patience{0, 50'000'000};  // how long the destructor may have to wait
  while (!end.stop_requested()) {
    struct ::kevent heard {};
    if (::kevent(queue, nullptr, 0, &heard, 1, &patience) < 1) continue;
    if (!ask()) ::_exit(kInterrupted);
  }
  ::close(queue);
}

}  // namespace xllm::cli
