#include "core/tokenizer/chatglm_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"

namespace xllm::tokenizer {
namespace {

constexpr std::size_t kMostBlanks = 80;
constexpr TokenId kPictureTokens = 20000;  // of the first generation
constexpr std::string_view kBreak = "<n>", kTab = "<|tab|>", kBlanks = "<|blank_", kMarkEnd = "|>";

std::string blankMark(std::size_t blanks) {
  return std::string(kBlanks) + std::to_string(blanks) + std::string(kMarkEnd);
}

// The mark at the beginning of `text`: what it stands for, and its length. Length 0: none.
std::pair<std::string, std::size_t> markAt(std::string_view text) {
  if (text.starts_with(kBreak)) return {"\n", kBreak.size()};
  if (text.starts_with(kTab)) return {"\t", kTab.size()};
  if (!text.starts_with(kBlanks)) return {};
  const std::string_view number = text.substr(kBlanks.size());
  std::size_t blanks = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), blanks);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || number.starts_with('0') || blanks < 2 || blanks > kMostBlanks ||
      !text.substr(length).starts_with(kMarkEnd))
    return {};
  return {std::string(blanks, ' '), length + kMarkEnd.size()};
}

// The pieces that the first generation's code appended.
std::vector<SentencePiece> laterPieces() {
  using enum SentencePiece::Kind;
  std::vector<SentencePiece> pieces;
  for (const char* name : {"[MASK]", "[gMASK]", "[sMASK]", "<unused_0>", "<sop>", "<eop>", "<ENC>", "<dBLOCK>"})
    pieces.push_back({name, 0.0F, Control});
  pieces.push_back({std::string(kTab), 0.0F, UserDefined});
  for (std::size_t blanks = 2; blanks <= kMostBlanks; ++blanks)
    pieces.push_back({blankMark(blanks), 0.0F, UserDefined});
  for (int byte = 0; byte < 256; ++byte) pieces.push_back({bytePiece(byte), 0.0F, Byte});
  return pieces;
}

class ChatglmTokenizer final : public Tokenizer {
 public:
  ChatglmTokenizer(std::unique_ptr<Tokenizer> pieces, TokenId first) : m_pieces(std::move(pieces)), m_first(first) {}

  std::vector<TokenId> encode(std::string_view text) const override {
    std::vector<TokenId> ids = m_pieces->encode(markBlanks(text));
    for (TokenId& id : ids) id += m_first;
    return ids;
  }
  std::string bytesOf(TokenId id) const override {
    std::string bytes = m_pieces->bytesOf(id - m_first);
    auto [meaning, length] = markAt(bytes);
    return length > 0 && length == bytes.size() ? std::move(meaning) : std::move(bytes);
  }
  std::optional<TokenId> controlToken(std::string_view name) const override {
    const auto id = m_pieces->controlToken(name);
    return id ? std::optional(*id + m_first) : std::nullopt;
  }
  std::int64_t vocabularySize() const override { return m_pieces->vocabularySize() + m_first; }
  std::string decode(const std::vector<TokenId>& ids) const override {
    std::vector<TokenId> pieces;
    for (const TokenId id : ids) {
      if (id >= m_first) pieces.push_back(id - m_first);
    }
    return openBlanks(m_pieces->decode(pieces));
  }

 private:
  std::unique_ptr<Tokenizer> m_pieces;
  TokenId m_first;  // of the words
};

}  // namespace

std::string markBlanks(std::string_view text) {
  std::string marked;
  while (!text.empty()) {
    const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
    std::size_t left = blanks;
    for (; left > 1; left -= std::min(left, kMostBlanks)) marked += blankMark(std::min(left, kMostBlanks));
    marked.append(left, ' ');
    text.remove_prefix(blanks);
    if (text.empty()) break;
    if (text.front() == '\n') {
      marked += kBreak;
    } else if (text.front() == '\t') {
      marked += kTab;
    } else {
      marked += text.front();
    }
    text.remove_prefix(1);
  }
  return marked;
}

std::string openBlanks(std::string_view text) {
  std::string opened;
  while (!text.empty()) {
    const auto [meaning, length] = markAt(text);
    opened += length > 0 ? meaning : std::string(1, text.front());
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return opened;
}

Result<std::unique_ptr<Tokenizer>> makeChatglmTokenizer(std::string_view model, const std::string& origin) {
  auto pieces = makeSentencepieceTokenizer(model, origin);
  if (!pieces) return pieces;
  TokenId first = 0;
  if (!(*pieces)->controlToken("<sop>")) {
    first = kPictureTokens;
    pieces = makeSentencepieceTokenizer(withPieces(model, laterPieces()), origin);
    if (!pieces) return pieces;
  }
  return std::make_unique<ChatglmTokenizer>(*std::move(pieces), first);
}

}  // namespace xllm::tokenizer
