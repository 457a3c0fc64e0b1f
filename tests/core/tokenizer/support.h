// What the tokenizer tests share.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <unistd.h>
#include <nlohmann/json.hpp>

#include "core/tokenizer/tokenizer.h"

namespace xllm::tests {

inline std::filesystem::path tokenizerGolden(const std::string& name) {
  return std::filesystem::path(XLLM_TEST_DIR "/golden/tokenizers") / name;
}

inline nlohmann::json readJson(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot open " + path.string());
  return nlohmann::json::parse(in);
}

inline std::unique_ptr<tokenizer::Tokenizer> openTokenizer(const std::filesystem::path& path) {
  auto opened = tokenizer::tokenizerFromFile(path);
  if (!opened) throw std::runtime_error(opened.error().message);
  return std::move(*opened);
}

// A file that is there as long as this is.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes) {
    static int count = 0;
    m_path = std::filesystem::temp_directory_path() /
             ("xllm-tokenizer-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::ofstream(m_path, std::ios::binary) << bytes;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(m_path, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return m_path; }

 private:
  std::filesystem::path m_path;
};

}  // namespace xllm::tests
