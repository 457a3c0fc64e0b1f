#include "core/tokenizer/sentencepiece_tokenizer.h"

#include <algorithm>

#include <sentencepiece_processor.h>

namespace xllm::tokenizer {
namespace {

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581, how pieces write a space

class SentencepieceTokenizer final : public Tokenizer {
 public:
  explicit SentencepieceTokenizer(const std::vector<std::string_view>& added) : m_added(added.begin(), added.end()) {}

  sentencepiece::SentencePieceProcessor& processor() { return m_processor; }

  std::vector<TokenId> encode(std::string_view text) const override {
    const std::vector<int> ids = m_processor.EncodeAsIds(text);
    return {ids.begin(), ids.end()};
  }

  std::string bytesOf(TokenId id) const override {
    if (!isPiece(id)) return {};
    const int piece = static_cast<int>(id);
    if (m_processor.IsControl(piece) || m_processor.IsUnused(piece)) return {};
    if (m_processor.IsUnknown(piece)) return m_processor.DecodeIds(std::vector<int>{piece});
    const std::string& text = m_processor.IdToPiece(piece);
    if (m_processor.IsByte(piece)) return {static_cast<char>(std::stoi(text.substr(3, 2), nullptr, 16))};  // <0x41>
    std::string bytes;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t mark = std::min(text.find(kSpaceMark, at), text.size());
      bytes.append(text, at, mark - at);
      if (mark < text.size()) bytes += ' ';
      at = mark + kSpaceMark.size();
    }
    return bytes;
  }

  // The library knows which space in front was added by encode, and writes one U+FFFD for each malformed byte.
  std::string decode(const std::vector<TokenId>& ids) const override {
    std::vector<int> pieces;
    for (const TokenId id : ids) {
      if (isPiece(id)) pieces.push_back(static_cast<int>(id));
    }
    return m_processor.DecodeIds(pieces);
  }

  std::optional<TokenId> controlToken(std::string_view name) const override {
    if (const auto added = std::ranges::find(m_added, name); added != m_added.end())
      return m_processor.GetPieceSize() + (added - m_added.begin());
    const int id = m_processor.PieceToId(name);
    if (!m_processor.IsControl(id) || m_processor.IdToPiece(id) != name) return std::nullopt;
    return id;
  }

  std::int64_t vocabularySize() const override { return m_processor.GetPieceSize() + std::ssize(m_added); }

 private:
  bool isPiece(TokenId id) const { return id >= 0 && id < m_processor.GetPieceSize(); }

  sentencepiece::SentencePieceProcessor m_processor;  // its const methods may run side by side
  std::vector<std::string> m_added;                   // control tokens behind its pieces
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> makeSentencepieceTokenizer(std::string_view model, const std::string& origin,
                                                              const std::vector<std::string_view>& added) {
  auto tokenizer = std::make_unique<SentencepieceTokenizer>(added);
  const auto status = tokenizer->processor().LoadFromSerializedProto(model);
  if (!status.ok()) {
    return fail(ErrorCode::CorruptFile, "The tokenizer file " + origin +
                                            " is neither a tokenizer.json nor a sentencepiece " +
                                            "model that can be read (" + status.ToString() + ").");
  }
  return tokenizer;
}

}  // namespace xllm::tokenizer
