#include "media/decode/byte_source.h"

#include <algorithm>
#include <cstring>

namespace xllm::media {

Result<ByteSource> ByteSource::open(const std::filesystem::path& file) {
  ByteSource source;
  source.m_name = file.string();
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(file, problem);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(ErrorCode::NotFound, "There is no file " + source.m_name + ".");
  }
  if (std::filesystem::is_directory(status)) {
    return fail(ErrorCode::BadInput, source.m_name + " is a folder; give a picture or sound file in it.");
  }
  if (!problem && !std::filesystem::is_regular_file(status)) {
    return fail(ErrorCode::BadInput, source.m_name + " is not an ordinary file.");
  }
  source.m_file.open(file, std::ios::binary | std::ios::ate);
  source.m_size = source.m_file ? static_cast<std::int64_t>(source.m_file.tellg()) : -1;
  if (source.m_size < 0) {
    return fail(ErrorCode::NotFound, source.m_name + " cannot be opened; look at its permissions.");
  }
  if (source.m_size == 0) return fail(ErrorCode::BadInput, source.m_name + " is empty.");
  return source;
}

Result<ByteSource> ByteSource::of(std::span<const std::byte> bytes) {
  ByteSource source;
  source.m_name = "The given picture or sound";
  if (bytes.empty()) return fail(ErrorCode::BadInput, source.m_name + " is empty.");
  source.m_memory = bytes;
  source.m_size = static_cast<std::int64_t>(bytes.size());
  return source;
}

std::size_t ByteSource::read(std::span<std::uint8_t> to) {
  const std::int64_t left = std::max<std::int64_t>(m_size - m_position, 0);
  std::size_t count = std::min<std::size_t>(to.size(), static_cast<std::size_t>(left));
  if (count == 0 || isStopped()) return 0;
  if (!m_memory.empty()) {
    std::memcpy(to.data(), m_memory.data() + m_position, count);
  } else {
    m_file.clear();
    m_file.seekg(m_position);
    m_file.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(count));
    count = static_cast<std::size_t>(m_file.gcount());
  }
  m_position += static_cast<std::int64_t>(count);
  return count;
}

}  // namespace xllm::media
