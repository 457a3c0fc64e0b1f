// Byte-level byte-pair encoding, whatever file its vocabulary came from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/tokenizer/pre_tokenizer.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

enum class TokenKind : std::uint8_t {
  Normal = 1,   // written in the byte alphabet, made by merges
  Control,      // never made from text, stands for no bytes
  UserDefined,  // literal text that is found before anything else is cut
  Unused,       // a row of the embedding without a meaning
};

// What a vocabulary file holds. The views need to live only as long as the call.
struct BpeVocabulary {
  std::vector<std::string_view> tokens;  // by id
  std::vector<TokenKind> kinds;          // as many
  std::vector<std::string_view> merges;  // "left right" in the byte alphabet, best first
  PreTokenizer preTokenizer;
  bool wholePiecesFirst = false;  // a piece that is a token is that token, whatever the merges say (Llama 3)
  std::string origin;             // named in errors
};

// CorruptFile when a merge has no tokens or the sizes are absurd.
Result<std::unique_ptr<Tokenizer>> makeBpeTokenizer(const BpeVocabulary& vocabulary);

}  // namespace xllm::tokenizer
