#include <windows.h>

#include <algorithm>

#include "core/base/whole_file.h"

namespace xllm {

namespace {

std::error_code lastError() { return {static_cast<int>(::GetLastError()), std::system_category()}; }

::HANDLE handleOf(std::intptr_t file) { return reinterpret_cast<::HANDLE>(file); }

}  // namespace

void WholeFile::open() {
  const ::HANDLE file =
      ::CreateFileW(m_part.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) m_error = lastError();
  m_file = reinterpret_cast<std::intptr_t>(file);  // INVALID_HANDLE_VALUE is -1
}

WholeFile::~WholeFile() {
  if (m_file == -1) return;
  ::CloseHandle(handleOf(m_file));
  if (!m_done) ::DeleteFileW(m_part.c_str());
}

void WholeFile::write(const void* data, std::size_t bytes) {
  constexpr std::size_t kMost = 1 << 30;  // of one call
  const auto* at = static_cast<const char*>(data);
  while (!m_error && bytes > 0) {
    ::DWORD written = 0;
    if (!::WriteFile(handleOf(m_file), at, static_cast<::DWORD>(std::min(bytes, kMost)), &written, nullptr)) {
      m_error = lastError();
      return;
    }
    at += written;
    bytes -= written;
  }
}

// A file that is open cannot get another name here.
std::error_code WholeFile::finish() {
  if (!m_error && !::FlushFileBuffers(handleOf(m_file))) m_error = lastError();
  if (m_error) return m_error;
  ::CloseHandle(handleOf(m_file));
  m_file = -1;
  if (!::MoveFileExW(m_part.c_str(), m_path.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
    m_error = lastError();
    ::DeleteFileW(m_part.c_str());
    return m_error;
  }
  m_done = true;
  syncFolder();
  return {};
}

void WholeFile::syncFolder() const {}  // MOVEFILE_WRITE_THROUGH waits for it

}  // namespace xllm
