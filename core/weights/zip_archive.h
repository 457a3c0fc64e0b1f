// The members of a zip file in memory, where they lie. Reads the central directory (with zip64); hands out stored
// members in place. Not: inflating, writing, encryption, several disks, and no member is ever written to disk. CRCs are
// not checked.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace xllm::weights {

struct ZipMember {
  std::string_view name;             // as stored, in the bytes given to ZipArchive; may be hostile
  std::uint16_t method;              // 0 stored, 8 deflated
  std::span<const std::byte> bytes;  // as stored
};

class ZipArchive {
 public:
  // `bytes` must outlive the archive. Throws FormatError: truncated, members past the end or over one another, two of a
  // name.
  explicit ZipArchive(std::span<const std::byte> bytes);

  const std::vector<ZipMember>& members() const { return m_members; }  // sorted by name
  const ZipMember* find(std::string_view name) const;

 private:
  std::vector<ZipMember> m_members;
};

}  // namespace xllm::weights
