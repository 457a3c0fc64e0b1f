#include <algorithm>

#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"
#include "core/weights/checkpoint.h"

namespace xllm::tokenizer {
namespace {

// tokenizer.ggml.token_type, see gguf.md
TokenKind kindOf(std::int64_t ggmlType) {
  switch (ggmlType) {
    case 2:
    case 3: return TokenKind::Control;
    case 4: return TokenKind::UserDefined;
    case 5: return TokenKind::Unused;
    default: return TokenKind::Normal;  // 1 normal, 6 byte
  }
}

template <typename T>
const T* listAt(const weights::Checkpoint& gguf, std::string_view key) {
  const auto found = gguf.metadata().find(key);
  return found == gguf.metadata().end() ? nullptr : std::get_if<T>(&found->second);
}

// Llama 2's and Gemma's: pieces with scores, as sentencepiece has them.
Result<std::unique_ptr<Tokenizer>> sentencepieceFromGguf(const weights::Checkpoint& gguf) {
  const auto* const tokens = listAt<std::vector<std::string_view>>(gguf, "tokenizer.ggml.tokens");
  const auto* const scores = listAt<std::vector<double>>(gguf, "tokenizer.ggml.scores");
  const auto* const kinds = listAt<std::vector<std::int64_t>>(gguf, "tokenizer.ggml.token_type");
  const std::string origin = gguf.path().string();
  if (tokens == nullptr || scores == nullptr || kinds == nullptr || scores->size() != tokens->size() ||
      kinds->size() != tokens->size()) {
    return fail(ErrorCode::CorruptFile, "The tokenizer in " + origin +
                                            " is incomplete: tokens, scores and token_type of tokenizer.ggml must be " +
                                            "lists of one length. Download the file again.");
  }
  std::vector<SentencePiece> pieces;
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    const std::int64_t kind = (*kinds)[i];
    const bool known = kind >= 1 && kind <= 6;
    pieces.push_back({std::string((*tokens)[i]), static_cast<float>((*scores)[i]),
                      known ? static_cast<SentencePiece::Kind>(kind) : SentencePiece::Kind::Normal});
  }
  const auto space = gguf.metadata().find("tokenizer.ggml.add_space_prefix");
  const bool* const given = space == gguf.metadata().end() ? nullptr : std::get_if<bool>(&space->second);
  return makeSentencepieceTokenizer(bpeModel(pieces, given == nullptr || *given), origin);
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> tokenizerFromGguf(const weights::Checkpoint& gguf) {
  const std::string origin = gguf.path().string();
  const auto model = gguf.text("tokenizer.ggml.model");
  if (!model) return tl::unexpected(model.error());
  if (*model == "llama") return sentencepieceFromGguf(gguf);
  if (*model != "gpt2") {
    return fail(ErrorCode::Unsupported, "The tokenizer in " + origin + " is of the kind \"" + *model +
                                            "\"; of GGUF files, \"gpt2\" (byte-level BPE) and \"llama\" " +
                                            "(sentencepiece) are read.");
  }
  const auto pre = gguf.text("tokenizer.ggml.pre");
  if (!pre) return tl::unexpected(pre.error());
  const auto preTokenizer = preTokenizerNamed(*pre);
  if (!preTokenizer) {
    return fail(ErrorCode::Unsupported, "The tokenizer in " + origin + " cuts text in the way \"" + *pre +
                                            "\", which this program does not know.");
  }
  using Strings = std::vector<std::string_view>;
  const auto* const tokens = listAt<Strings>(gguf, "tokenizer.ggml.tokens");
  const auto* const merges = listAt<Strings>(gguf, "tokenizer.ggml.merges");
  if (tokens == nullptr || merges == nullptr) {
    return fail(ErrorCode::CorruptFile, "The tokenizer in " + origin + " is incomplete: tokenizer.ggml." +
                                            (tokens == nullptr ? "tokens" : "merges") + " is not a list of strings.");
  }
  BpeVocabulary vocabulary{.tokens = *tokens,
                           .kinds = {},
                           .merges = *merges,
                           .preTokenizer = *preTokenizer,
                           // llama.cpp and the published tokenizer.json agree: of these, Llama 3 alone
                           .wholePiecesFirst = *pre == "llama3" || *pre == "llama-v3" || *pre == "llama-bpe",
                           .origin = origin};
  if (const auto* const types = listAt<std::vector<std::int64_t>>(gguf, "tokenizer.ggml.token_type")) {
    vocabulary.kinds.reserve(types->size());
    std::ranges::transform(*types, std::back_inserter(vocabulary.kinds), kindOf);
  } else {
    vocabulary.kinds.assign(tokens->size(), TokenKind::Normal);
  }
  return makeBpeTokenizer(vocabulary);
}

}  // namespace xllm::tokenizer
