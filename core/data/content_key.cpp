#include "core/data/content_key.h"

#include <cstddef>
#include <iomanip>
#include <span>
#include <sstream>

#include "core/base/mapped_file.h"

namespace xllm::data {

namespace {

std::uint64_t hashOf(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::byte byte : bytes) hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001B3ULL;
  return hash;
}

std::string hexadecimal(std::uint64_t value) {
  std::ostringstream stream;
  stream << std::hex << std::setw(16) << std::setfill('0') << value;
  return stream.str();
}

}  // namespace

std::uint64_t textHash(const std::string& text) { return hashOf(std::as_bytes(std::span(text))); }

Result<std::string> contentKey(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return tl::unexpected(mapped.error());
  return hexadecimal(hashOf((*mapped)->bytes())) + "-" + std::to_string((*mapped)->bytes().size());
}

}  // namespace xllm::data
