// Where a media file's bytes come from: a regular file, or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace xllm::media {

// Reads like a stream. One thread.
class ByteSource {
 public:
  // NotFound when it cannot be opened; BadInput when it is a folder, a device or empty.
  static Result<ByteSource> open(const std::filesystem::path& file);
  // `bytes` must outlive it. BadInput when there are none.
  static Result<ByteSource> of(std::span<const std::byte> bytes);

  // From the moment that a stop is asked for there is nothing more to read, so that whoever reads ends soon.
  void stopWith(std::stop_token stop) { m_stop = std::move(stop); }
  bool isStopped() const { return m_stop.stop_requested(); }

  const std::string& name() const {
    return m_name;
  }  // begins a sentence: "/home/a/b.png", "The given picture or sound"
  std::int64_t size() const { return m_size; }
  std::int64_t position() const { return m_position; }

  void seek(std::int64_t position) { m_position = position; }
  // How many bytes were read; fewer than asked for only at the end.
  std::size_t read(std::span<std::uint8_t> to);

 private:
  ByteSource() = default;

  std::string m_name;
  std::ifstream m_file;  // used when m_memory is empty
  std::span<const std::byte> m_memory;
  std::int64_t m_size = 0;
  std::int64_t m_position = 0;
  std::stop_token m_stop;
};

}  // namespace xllm::media
