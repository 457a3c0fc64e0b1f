// A folder of a test's own, gone when the test ends.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace xllm::tests {

class Scratch {
 public:
  Scratch()
      : m_path(std::filesystem::temp_directory_path() /
               ("xllm-test-" + std::to_string(getpid()) + "-" + std::to_string(++s_count))) {
    std::filesystem::create_directories(m_path);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return m_path; }
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    const auto path = m_path / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  static inline int s_count = 0;
  std::filesystem::path m_path;
};

}  // namespace xllm::tests
