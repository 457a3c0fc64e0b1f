#include "core/tokenizer/bpe_tokenizer.h"

#include <algorithm>
#include <array>
#include <climits>
#include <functional>
#include <stdexcept>
#include <unordered_map>

#include "core/tokenizer/bpe_tables.h"
#include "core/tokenizer/byte_alphabet.h"

namespace xllm::tokenizer {
namespace {

constexpr std::size_t kMostTokens = std::size_t{1} << 22;
constexpr std::size_t kMostTextBytes = std::size_t{1} << 28;

// A piece while its neighbours are being merged: a chain of symbols, the surviving one of a merge being the left.
struct Symbol {
  std::uint32_t id;
  std::int32_t previous, next;  // -1: none
};

// A pair that could be merged when it was found; stale once either half has changed.
struct Candidate {
  std::uint32_t rank;
  std::int32_t at;
  std::uint32_t left, right, merged;

  bool operator>(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
};

struct Scratch {
  std::vector<Symbol> symbols;
  std::vector<Candidate> heap;
};

class BpeTokenizer final : public Tokenizer {
 public:
  BpeTokenizer(const BpeVocabulary& vocabulary, TokenTexts texts);

  std::optional<Error> addMerges(const BpeVocabulary& vocabulary);

  std::vector<TokenId> encode(std::string_view text) const override;
  std::string bytesOf(TokenId id) const override;
  std::optional<TokenId> controlToken(std::string_view name) const override;
  std::int64_t vocabularySize() const override { return static_cast<std::int64_t>(m_texts.size()); }

 private:
  std::optional<std::pair<std::size_t, std::uint32_t>> userDefinedAt(std::string_view rest) const;
  void encodePlain(std::string_view text, Scratch& scratch, std::vector<TokenId>& out) const;
  void encodePiece(std::string_view piece, Scratch& scratch, std::vector<TokenId>& out) const;
  void consider(std::int32_t at, Scratch& scratch) const;

  const TokenTexts m_texts;
  const std::vector<TokenKind> m_kinds;
  const PreTokenizer m_preTokenizer;
  const bool m_wholePiecesFirst;
  TokenIndex m_index;  // Normal and UserDefined tokens by their bytes
  MergeIndex m_merges;
  std::array<std::uint32_t, 256> m_byteTokens{};
  std::vector<std::uint32_t> m_userDefined;  // longest first
  std::array<bool, 256> m_beginsUserDefined{};
  std::unordered_map<std::string_view, std::uint32_t> m_named;  // Control and UserDefined, into m_texts
};

BpeTokenizer::BpeTokenizer(const BpeVocabulary& vocabulary, TokenTexts texts)
    : m_texts(std::move(texts)),
      m_kinds(vocabulary.kinds),
      m_preTokenizer(vocabulary.preTokenizer),
      m_wholePiecesFirst(vocabulary.wholePiecesFirst),
      m_index(m_texts),
      m_merges(vocabulary.merges.size()) {
  for (std::uint32_t id = 0; id < m_texts.size(); ++id) {
    const TokenKind kind = m_kinds[id];
    const std::string_view text = m_texts[id];
    if (text.empty()) continue;
    if (kind == TokenKind::Normal || kind == TokenKind::UserDefined) m_index.insert(id);
    if (kind == TokenKind::Control || kind == TokenKind::UserDefined) m_named.emplace(text, id);
    if (kind == TokenKind::UserDefined) {
      m_userDefined.push_back(id);
      m_beginsUserDefined[static_cast<unsigned char>(text[0])] = true;
    }
  }
  std::ranges::stable_sort(m_userDefined, std::greater{}, [this](std::uint32_t id) { return m_texts[id].size(); });
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    m_byteTokens[byte] = m_index.find(std::string_view(&c, 1));
  }
}

std::optional<Error> BpeTokenizer::addMerges(const BpeVocabulary& vocabulary) {
  std::string bytes;  // left and right, side by side, are also the text of the merged token
  for (std::uint32_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const std::string_view merge = vocabulary.merges[rank];
    const auto bad = [&](std::string_view why) {
      return Error{ErrorCode::CorruptFile, "The tokenizer in " + vocabulary.origin + " is damaged: its merge number " +
                                               std::to_string(rank) + " " + std::string(why) + "."};
    };
    const std::size_t space = merge.find(' ');
    if (space == std::string_view::npos) return bad("is not two parts with a space between them");
    bytes.clear();
    if (!appendBytes(bytes, merge.substr(0, space))) return bad("is not written in the byte alphabet");
    const std::size_t leftBytes = bytes.size();
    if (!appendBytes(bytes, merge.substr(space + 1))) return bad("is not written in the byte alphabet");
    const std::string_view both(bytes);
    const std::uint32_t left = m_index.find(both.substr(0, leftBytes));
    const std::uint32_t right = m_index.find(both.substr(leftBytes));
    const std::uint32_t merged = m_index.find(both);
    if (left == kNoToken || right == kNoToken || merged == kNoToken) return bad("uses a token that is not there");
    m_merges.insert(left, right, {rank, merged});
  }
  return std::nullopt;
}

std::vector<TokenId> BpeTokenizer::encode(std::string_view text) const {
  if (text.size() > INT_MAX) throw std::length_error("text of " + std::to_string(text.size()) + " bytes to tokenize");
  std::vector<TokenId> out;
  out.reserve(text.size() / 3 + 1);
  Scratch scratch;
  std::size_t plain = 0;
  if (!m_userDefined.empty()) {
    for (std::size_t at = 0; at < text.size();) {
      const auto found = userDefinedAt(text.substr(at));
      if (!found) {
        ++at;
        continue;
      }
      encodePlain(text.substr(plain, at - plain), scratch, out);
      out.push_back(found->second);
      at += found->first;
      plain = at;
    }
  }
  encodePlain(text.substr(plain), scratch, out);
  return out;
}

// Length and id of the longest user-defined token that `rest` begins with.
std::optional<std::pair<std::size_t, std::uint32_t>> BpeTokenizer::userDefinedAt(std::string_view rest) const {
  if (!m_beginsUserDefined[static_cast<unsigned char>(rest[0])]) return std::nullopt;
  for (const std::uint32_t id : m_userDefined) {
    if (rest.starts_with(m_texts[id])) return std::pair{m_texts[id].size(), id};
  }
  return std::nullopt;
}

void BpeTokenizer::encodePlain(std::string_view text, Scratch& scratch, std::vector<TokenId>& out) const {
  for (const std::string_view piece : preTokenize(m_preTokenizer, text)) encodePiece(piece, scratch, out);
}

void BpeTokenizer::encodePiece(std::string_view piece, Scratch& scratch, std::vector<TokenId>& out) const {
  if (m_wholePiecesFirst) {
    const std::uint32_t id = m_index.find(piece);
    if (id != kNoToken) return out.push_back(id);
  }
  auto& [symbols, heap] = scratch;
  symbols.clear();
  for (const char c : piece) {
    // A byte that the vocabulary lacks is left out, as the public tokenizers do; SmolLM2 lacks thirteen that UTF-8
    // never has.
    const std::uint32_t id = m_byteTokens[static_cast<unsigned char>(c)];
    const auto at = static_cast<std::int32_t>(symbols.size());
    if (id != kNoToken) symbols.push_back({id, at - 1, at + 1});
  }
  if (symbols.empty()) return;
  symbols.back().next = -1;

  heap.clear();
  for (std::int32_t at = 0; at + 1 < static_cast<std::int32_t>(symbols.size()); ++at) consider(at, scratch);
  while (!heap.empty()) {
    std::ranges::pop_heap(heap, std::greater{});
    const Candidate best = heap.back();
    heap.pop_back();
    Symbol& left = symbols[static_cast<std::size_t>(best.at)];
    if (left.id != best.left || left.next < 0) continue;
    Symbol& right = symbols[static_cast<std::size_t>(left.next)];
    if (right.id != best.right) continue;
    left.id = best.merged;
    right.id = kNoToken;  // makes what the heap still holds about it stale
    left.next = right.next;
    if (left.next >= 0) {
      symbols[static_cast<std::size_t>(left.next)].previous = best.at;
      consider(best.at, scratch);
    }
    if (left.previous >= 0) consider(left.previous, scratch);
  }
  for (std::int32_t at = 0; at >= 0; at = symbols[static_cast<std::size_t>(at)].next) {
    out.push_back(symbols[static_cast<std::size_t>(at)].id);
  }
}

// Puts the pair that begins at `at`, which has a next symbol, on the heap if there is a merge for it.
void BpeTokenizer::consider(std::int32_t at, Scratch& scratch) const {
  const Symbol& left = scratch.symbols[static_cast<std::size_t>(at)];
  const Symbol& right = scratch.symbols[static_cast<std::size_t>(left.next)];
  const Merge* const merge = m_merges.find(left.id, right.id);
  if (merge == nullptr) return;
  scratch.heap.push_back({merge->rank, at, left.id, right.id, merge->merged});
  std::ranges::push_heap(scratch.heap, std::greater{});
}

std::string BpeTokenizer::bytesOf(TokenId id) const {
  if (id < 0 || id >= vocabularySize()) return {};
  const auto index = static_cast<std::size_t>(id);
  const bool hasText = m_kinds[index] == TokenKind::Normal || m_kinds[index] == TokenKind::UserDefined;
  return hasText ? std::string(m_texts[index]) : std::string();
}

std::optional<TokenId> BpeTokenizer::controlToken(std::string_view name) const {
  const auto found = m_named.find(name);
  if (found == m_named.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> makeBpeTokenizer(const BpeVocabulary& vocabulary) {
  const std::size_t count = vocabulary.tokens.size();
  std::size_t textBytes = 0;
  for (const std::string_view token : vocabulary.tokens) textBytes += token.size();
  if (count == 0 || count > kMostTokens || vocabulary.merges.size() > kMostTokens || textBytes > kMostTextBytes) {
    return fail(ErrorCode::CorruptFile, "The tokenizer in " + vocabulary.origin + " is damaged: it has " +
                                            std::to_string(count) + " tokens and " +
                                            std::to_string(vocabulary.merges.size()) + " merges.");
  }
  if (vocabulary.kinds.size() != count) {
    return fail(ErrorCode::CorruptFile, "The tokenizer in " + vocabulary.origin + " is damaged: it has " +
                                            std::to_string(count) + " tokens, but types for " +
                                            std::to_string(vocabulary.kinds.size()) + ".");
  }
  TokenTexts texts;
  texts.reserve(count, textBytes);
  for (std::size_t id = 0; id < count; ++id) {
    const std::string_view token = vocabulary.tokens[id];
    // Some vocabularies list literal text among the normal tokens; it is kept as it stands.
    if (vocabulary.kinds[id] != TokenKind::Normal || !appendBytes(texts.bytes(), token)) texts.bytes().append(token);
    texts.endToken();
  }
  auto tokenizer = std::make_unique<BpeTokenizer>(vocabulary, std::move(texts));
  if (auto error = tokenizer->addMerges(vocabulary)) return tl::unexpected(*std::move(error));
  return tokenizer;
}

}  // namespace xllm::tokenizer
