#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "media/isolated/byte_channel.h"

namespace xllm::media {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // child_process_posix.cpp has said it of the socket
#endif

}  // namespace

ByteChannel ByteChannel::ofStandardStreams() { return {STDIN_FILENO, STDIN_FILENO}; }

bool ByteChannel::read(std::span<std::byte> to) {
  while (!to.empty()) {
    const ::ssize_t count = ::recv(static_cast<int>(m_in), to.data(), to.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

bool ByteChannel::write(std::span<const std::byte> from) {
  while (!from.empty()) {
    const ::ssize_t count = ::send(static_cast<int>(m_out), from.data(), from.size(), kNoSignal);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    from = from.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

void ByteChannel::close() {
  if (m_in != kNone) ::close(static_cast<int>(m_in));
  if (m_out != kNone && m_out != m_in) ::close(static_cast<int>(m_out));
  m_in = m_out = kNone;
}

void ByteChannel::cutOff() const { ::shutdown(static_cast<int>(m_in), SHUT_RDWR); }

}  // namespace xllm::media
