// The bytes of a fuzzer's input as a file, which is what loaders open. It lies in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace xllm::tests {

class FuzzedFile {
 public:
  FuzzedFile(const std::uint8_t* data, std::size_t size) : m_fd(::memfd_create("fuzzed", 0)) {
    if (m_fd < 0) std::abort();
    while (size > 0) {
      const ::ssize_t written = ::write(m_fd, data, size);
      if (written <= 0) std::abort();
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  ~FuzzedFile() { ::close(m_fd); }
  FuzzedFile(const FuzzedFile&) = delete;
  FuzzedFile& operator=(const FuzzedFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(m_fd); }

 private:
  int m_fd;
};

}  // namespace xllm::tests
