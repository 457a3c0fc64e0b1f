// A file by which one process keeps others out. The lock goes with the process, however it ends. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace xllm {

class FileLock {
 public:
  enum class Outcome { Taken = 1, HeldByAnother, NoLocks };  // NoLocks: this file system has none

  // Opens `path`, which is made where it is missing; takes no lock.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();  // lets it go
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  std::error_code error() const { return m_error; }  // of opening
  Outcome take();                                    // at once or not at all
  std::error_code write(std::string_view text);      // all that the file holds; others may read it meanwhile

 private:
  std::intptr_t m_file = -1;  // the system's handle
  std::error_code m_error;
};

// Whether a process holds it now; looks for a moment as a holder does. False where there is no such file.
bool isLocked(const std::filesystem::path& path);

// Tells a file from the one that replaced it under the same name; 0: there is none.
std::uint64_t fileNumber(const std::filesystem::path& path);

}  // namespace xllm
