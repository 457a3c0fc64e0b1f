// Whisper's multilingual vocabulary as far as the tests need it: pieces of tests/golden/real, and made-up ones
// elsewhere.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/golden.h"

namespace xllm::tests {

class WhisperPieces {
 public:
  WhisperPieces() : m_golden(nlohmann::json::parse(std::ifstream(goldenPath("real/whisper_base_pieces.json")))) {
    for (std::size_t id = 0; id < 50257; ++id) m_pieces.push_back("x" + std::to_string(id));
    for (const auto& [id, piece] : m_golden.at("pieces").items()) m_pieces.at(std::stoul(id)) = piece;
    m_pieces.back() = "";  // the last one is empty in every published file
  }

  const std::vector<std::string>& all() const { return m_pieces; }          // by id, in the printable alphabet
  std::vector<std::int64_t> marks() const { return m_golden.at("marks"); }  // that are never chosen

 private:
  nlohmann::json m_golden;
  std::vector<std::string> m_pieces;
};

}  // namespace xllm::tests
