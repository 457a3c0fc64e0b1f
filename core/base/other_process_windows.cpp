#include <windows.h>

#include <filesystem>

#include "core/base/other_process.h"

namespace xllm {

namespace {

::HANDLE openProcess(std::int64_t process) {
  return process <= 0
             ? nullptr
             : ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, static_cast<::DWORD>(process));
}

}  // namespace

bool isProcessAlive(std::int64_t process) {
  const ::HANDLE opened = openProcess(process);
  if (opened == nullptr) return false;
  const bool alive = ::WaitForSingleObject(opened, 0) == WAIT_TIMEOUT;
  ::CloseHandle(opened);
  return alive;
}

std::vector<std::string> commandOf(std::int64_t process) {
  const ::HANDLE opened = openProcess(process);
  if (opened == nullptr) return {};
  std::wstring path(32768, L'\0');
  auto size = static_cast<::DWORD>(path.size());
  const bool told = ::QueryFullProcessImageNameW(opened, 0, path.data(), &size) != 0;
  ::CloseHandle(opened);
  if (!told) return {};
  path.resize(size);
  return {std::filesystem::path(path).string()};
}

std::wstring interruptName(std::int64_t process) { return L"Local\\xllm-interrupt-" + std::to_wstring(process); }

void interruptProcess(std::int64_t process) {
  const ::HANDLE event = ::OpenEventW(EVENT_MODIFY_STATE, FALSE, interruptName(process).c_str());
  if (event == nullptr) return;
  ::SetEvent(event);
  ::CloseHandle(event);
}

}  // namespace xllm
