// A file's bytes in memory, mapped read-only; nothing is read before it is touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/result.h"

namespace xllm {

// Immutable, so any thread may read it. The bytes live as long as the last shared_ptr. If another program truncates the
// file meanwhile, reading past its new end raises SIGBUS, as with every mapping.
class MappedFile {
 public:
  // NotFound when it cannot be opened, BadInput when it is not a regular file. An empty file gives an empty span.
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return m_bytes; }
  // Whole pages of `part`, which lies in bytes(), leave this program's memory until they are read again.
  void letGo(std::span<const std::byte> part) const;
  const std::filesystem::path& path() const { return m_path; }

 private:
  MappedFile(std::filesystem::path path, std::span<const std::byte> bytes);

  std::filesystem::path m_path;
  std::span<const std::byte> m_bytes;
};

}  // namespace xllm
