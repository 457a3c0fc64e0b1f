// Writes a sentencepiece model's file format (sentencepiece_model.proto), for vocabularies that come in other files:
// the library then does the work. Reading is the library's. Internal to core/tokenizer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xllm::tokenizer {

struct SentencePiece {
  // The numbers of the format, which are GGUF's tokenizer.ggml.token_type too.
  enum class Kind : std::uint8_t { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
  std::string text;  // "▁" for a space
  float score = 0.0F;
  Kind kind = Kind::Normal;
};

std::string bytePiece(int byte);  // "<0x0A>"

// A model whose pieces are joined best score first (Llama 2's, Gemma's kind), with a piece for each byte that nothing
// else stands for. Text is taken as it is; `spaceInFront`: a space is put in front of it.
std::string bpeModel(const std::vector<SentencePiece>& pieces, bool spaceInFront);

// `model` with more pieces behind its own; bytes without a piece of their own become byte pieces from then on.
std::string withPieces(std::string_view model, const std::vector<SentencePiece>& pieces);

}  // namespace xllm::tokenizer
