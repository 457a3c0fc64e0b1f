#include <windows.h>

#include <cstdlib>

#include "app/cli/exit_code.h"
#include "app/cli/interrupt.h"
#include "core/base/other_process.h"
#include "core/base/this_process.h"

namespace xllm::cli {

namespace {

// Ctrl+C in a console and interruptProcess() of a window both set it.
::HANDLE interruptEvent() {
  static const ::HANDLE event = ::CreateEventW(nullptr, FALSE, FALSE, interruptName(processId()).c_str());
  return event;
}

::BOOL WINAPI onConsole(::DWORD what) {
  if (what != CTRL_C_EVENT && what != CTRL_BREAK_EVENT && what != CTRL_CLOSE_EVENT) return FALSE;
  ::SetEvent(interruptEvent());
  return TRUE;
}

}  // namespace

Interrupt::Interrupt() {
  interruptEvent();
  ::SetConsoleCtrlHandler(onConsole, TRUE);
  m_thread = std::jthread([this](std::stop_token end) { listen(std::move(end)); });
}

void Interrupt::listen(std::stop_token end) {
  constexpr ::DWORD kPatienceMs = 50;  // how long the destructor may have to wait
  while (!end.stop_requested()) {
    if (::WaitForSingleObject(interruptEvent(), kPatienceMs) != WAIT_OBJECT_0) continue;
    if (!ask()) std::_Exit(kInterrupted);
  }
}

}  // namespace xllm::cli
