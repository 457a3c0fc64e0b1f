#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/whole_file.h"

namespace xllm {

namespace {

std::error_code lastError() { return {errno, std::generic_category()}; }

}  // namespace

void WholeFile::open() {
  constexpr ::mode_t kUsualMode = 0644;
  struct ::stat there {};
  m_isDevice = ::stat(m_path.c_str(), &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode);
  if (m_isDevice)
    m_file = ::open(m_path.c_str(), O_WRONLY | O_CLOEXEC);
  else
    m_file = ::open(m_part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kUsualMode);
  if (m_file < 0) m_error = lastError();
}

WholeFile::~WholeFile() {
  if (m_file >= 0) ::close(static_cast<int>(m_file));
  if (m_file >= 0 && !m_done && !m_isDevice) ::unlink(m_part.c_str());
}

void WholeFile::write(const void* data, std::size_t bytes) {
  const auto* at = static_cast<const char*>(data);
  while (!m_error && bytes > 0) {
    const ::ssize_t written = ::write(static_cast<int>(m_file), at, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      m_error = lastError();
      return;
    }
    at += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

std::error_code WholeFile::finish() {
  if (m_isDevice) return m_error;
  if (!m_error && ::fsync(static_cast<int>(m_file)) != 0) m_error = lastError();
  if (!m_error && ::rename(m_part.c_str(), m_path.c_str()) != 0) m_error = lastError();
  if (m_error) return m_error;
  m_done = true;
  syncFolder();
  return {};
}

// The rename itself survives a power cut only when its folder is on the disk too. Not every file system can; then it
// is late.
void WholeFile::syncFolder() const {
  const auto folder = m_path.has_parent_path() ? m_path.parent_path() : std::filesystem::path(".");
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace xllm
