// Packs of a few bytes on disk, whole enough to be installed, listed and checked; nothing loads from them. Tests only.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/sha256.h"

namespace xllm::tests {

inline std::string sha256Of(const std::string& content) {
  Sha256 hash;
  hash.add(std::as_bytes(std::span(content)));
  return hash.hex();
}

inline void writeFile(const std::filesystem::path& file, const std::string& content) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

inline std::string readFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Two files, `bytes` in the larger one.
inline void makeSmallPack(const std::filesystem::path& folder, const std::string& name = "Small pack",
                          std::size_t bytes = 5000) {
  const std::string weights(bytes, 'w'), words = "{}";
  writeFile(folder / "llm/model.gguf", weights);
  writeFile(folder / "llm/tokenizer.json", words);
  const auto entry = [](const char* path, const std::string& content, const char* licence) {
    return nlohmann::json{
        {"path", path}, {"bytes", content.size()}, {"sha256", sha256Of(content)}, {"licence", licence}};
  };
  const nlohmann::json manifest = {
      {"format", 1},
      {"name", name},
      {"version", "1.2"},
      {"languageModel", {{"file", "llm/model.gguf"}, {"tokenizer", "llm/tokenizer.json"}, {"chatTemplate", "chatml"}}},
      {"files", {entry("llm/model.gguf", weights, "MIT"), entry("llm/tokenizer.json", words, "Apache-2.0")}}};
  writeFile(folder / "pack.json", manifest.dump());
}

// A zip archive without compression, as `zip -0` makes it; names as given, CRCs left out.
inline std::string storedZip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string local, directory;
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
  };
  for (const auto& [name, content] : members) {
    const std::string common = number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) +
                               number(content.size(), 4) + number(content.size(), 4) + number(name.size(), 2) +
                               number(0, 2);
    directory += "PK\1\2" + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) +
                 number(local.size(), 4) + name;
    local += "PK\3\4" + common + name + content;
  }
  return local + directory + "PK\5\6" + number(0, 4) + number(members.size(), 2) + number(members.size(), 2) +
         number(directory.size(), 4) + number(local.size(), 4) + number(0, 2);
}

}  // namespace xllm::tests
