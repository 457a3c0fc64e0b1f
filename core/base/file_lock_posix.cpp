#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file_lock.h"

namespace xllm {

namespace {

std::error_code lastError() { return {errno, std::generic_category()}; }

}  // namespace

FileLock::FileLock(const std::filesystem::path& path) {
  constexpr ::mode_t kUsualMode = 0644;
  m_file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kUsualMode);
  if (m_file < 0) m_error = lastError();
}

FileLock::~FileLock() {
  if (m_file >= 0) ::close(static_cast<int>(m_file));
}

FileLock::Outcome FileLock::take() {
  if (::flock(static_cast<int>(m_file), LOCK_EX | LOCK_NB) == 0) return Outcome::Taken;
  return errno == EWOULDBLOCK ? Outcome::HeldByAnother : Outcome::NoLocks;
}

std::error_code FileLock::write(std::string_view text) {
  const int file = static_cast<int>(m_file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, text.data(), text.size(), 0) < 0) return lastError();
  return {};
}

bool isLocked(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool held = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(file);
  return held;
}

std::uint64_t fileNumber(const std::filesystem::path& path) {
  struct ::stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_ino) : 0;
}

}  // namespace xllm
