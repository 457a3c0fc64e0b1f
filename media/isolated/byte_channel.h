// One end of a conversation in bytes between two processes. What the other end sends is not trusted here or anywhere
// behind: it may be anything, and may stop at any byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace xllm::media {

// Blocks. One thread, and one more that makes the other end go away.
class ByteChannel {
 public:
  static constexpr std::intptr_t kNone = -1;

  // Takes over what the system calls the two directions; POSIX: a socket, twice the same.
  ByteChannel(std::intptr_t in, std::intptr_t out) : m_in(in), m_out(out) {}
  // What this process was started with, by child_process.h.
  static ByteChannel ofStandardStreams();
  ~ByteChannel() { close(); }
  ByteChannel(ByteChannel&& other) noexcept
      : m_in(std::exchange(other.m_in, kNone)), m_out(std::exchange(other.m_out, kNone)) {}
  ByteChannel& operator=(ByteChannel&&) = delete;

  // All of it; false: the other end is gone.
  bool read(std::span<std::byte> to);
  bool write(std::span<const std::byte> from);
  // The other end reads the end of what was written.
  void close();
  // Any thread: what the other one waits for in read() or write() ends now. Windows: nothing; with the other process
  // its ends are closed there.
  void cutOff() const;

 private:
  std::intptr_t m_in;
  std::intptr_t m_out;
};

}  // namespace xllm::media
