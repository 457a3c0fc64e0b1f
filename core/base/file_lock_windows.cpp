#include <windows.h>

#include "core/base/file_lock.h"

namespace xllm {

namespace {

constexpr ::DWORD kEverybody = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

std::error_code lastError() { return {static_cast<int>(::GetLastError()), std::system_category()}; }

::HANDLE handleOf(std::intptr_t file) { return reinterpret_cast<::HANDLE>(file); }

// One byte far behind the end: what is locked here can be neither read nor written by others, and the text shall be.
bool lockByte(::HANDLE file, ::DWORD how) {
  ::OVERLAPPED place{};
  place.OffsetHigh = 0x40000000;
  return ::LockFileEx(file, how | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place) != 0;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path) {
  const ::HANDLE file = ::CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, kEverybody, nullptr, OPEN_ALWAYS,
                                      FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) m_error = lastError();
  m_file = reinterpret_cast<std::intptr_t>(file);
}

FileLock::~FileLock() {
  if (m_file != -1) ::CloseHandle(handleOf(m_file));
}

FileLock::Outcome FileLock::take() {
  if (lockByte(handleOf(m_file), LOCKFILE_EXCLUSIVE_LOCK)) return Outcome::Taken;
  return ::GetLastError() == ERROR_LOCK_VIOLATION ? Outcome::HeldByAnother : Outcome::NoLocks;
}

std::error_code FileLock::write(std::string_view text) {
  const ::HANDLE file = handleOf(m_file);
  ::DWORD written = 0;
  ::SetFilePointer(file, 0, nullptr, FILE_BEGIN);
  if (!::SetEndOfFile(file) || !::WriteFile(file, text.data(), static_cast<::DWORD>(text.size()), &written, nullptr)) {
    return lastError();
  }
  return {};
}

bool isLocked(const std::filesystem::path& path) {
  const ::HANDLE file = ::CreateFileW(path.c_str(), GENERIC_READ, kEverybody, nullptr, OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) return false;
  const bool held = !lockByte(file, 0) && ::GetLastError() == ERROR_LOCK_VIOLATION;
  ::CloseHandle(file);
  return held;
}

std::uint64_t fileNumber(const std::filesystem::path& path) {
  const ::HANDLE file = ::CreateFileW(path.c_str(), 0, kEverybody, nullptr, OPEN_EXISTING, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) return 0;
  ::BY_HANDLE_FILE_INFORMATION about{};
  const bool told = ::GetFileInformationByHandle(file, &about) != 0;
  ::CloseHandle(file);
  return told ? static_cast<std::uint64_t>(about.nFileIndexHigh) << 32 | about.nFileIndexLow : 0;
}

}  // namespace xllm
