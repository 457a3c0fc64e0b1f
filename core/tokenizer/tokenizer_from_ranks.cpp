#include "core/tokenizer/tokenizer_from_ranks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/byte_alphabet.h"
#include "core/tokenizer/chat_template.h"

namespace xllm::tokenizer {
namespace {

constexpr std::size_t kMostTokenBytes = 4096;
constexpr std::size_t kMostTokens = std::size_t{1} << 20;

std::optional<unsigned> sixBits(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

std::optional<std::string> fromBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  unsigned held = 0, bits = 0;
  for (const char c : text) {
    const auto value = sixBits(c);
    if (!value) return std::nullopt;
    held = held << 6 | *value;
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 255);
  }
  return bytes;
}

// One line: a token's bytes and its rank. "=" stands for the empty token that Whisper has.
std::optional<std::pair<std::string, std::size_t>> tokenOf(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space == std::string_view::npos || space > kMostTokenBytes) return std::nullopt;
  auto bytes = fromBase64(line.substr(0, space));
  const std::string_view number = line.substr(space + 1);
  std::size_t rank = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rank);
  if (!bytes || (bytes->empty() && !line.starts_with("= ")) || error != std::errc() ||
      end != number.data() + number.size())
    return std::nullopt;
  return std::pair(*std::move(bytes), rank);
}

std::string_view takeLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The two tokens that a token was made of: its bytes, merged lowest rank first as long as the rank is below its own.
std::optional<std::pair<std::string_view, std::string_view>> halvesOf(
    std::string_view token, std::size_t rank, const std::unordered_map<std::string_view, std::size_t>& ranks) {
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < token.size(); ++i) parts.push_back(token.substr(i, 1));
  while (parts.size() > 2) {
    std::size_t best = rank, at = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = ranks.find({parts[i].data(), parts[i].size() + parts[i + 1].size()});
      if (found != ranks.end() && found->second < best) best = found->second, at = i;
    }
    if (best == rank) return std::nullopt;
    parts[at] = {parts[at].data(), parts[at].size() + parts[at + 1].size()};
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return std::pair(parts[0], parts[1]);
}

}  // namespace

bool looksLikeRanks(std::string_view text) { return tokenOf(takeLine(text)).has_value(); }

Result<std::vector<std::string>> readRanks(std::string_view text, const std::string& origin) {
  std::vector<std::string> tokens;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto token = tokenOf(takeLine(text));
    if (!token || token->second != tokens.size() || tokens.size() == kMostTokens) {
      return fail(ErrorCode::CorruptFile, "The tokenizer file " + origin + " is damaged: line " + std::to_string(line) +
                                              " is not a token in base64 and its rank. Download it again.");
    }
    tokens.push_back(token->first);
  }
  return tokens;
}

Result<std::unique_ptr<Tokenizer>> makeTokenizerFromRanks(std::string_view text, const std::string& origin,
                                                          std::string_view family) {
  const auto read = readRanks(text, origin);
  if (!read) return tl::unexpected(read.error());
  const std::vector<std::string>& tokens = *read;
  std::unordered_map<std::string_view, std::size_t> ranks;
  for (std::size_t rank = 0; rank < tokens.size(); ++rank) ranks.emplace(tokens[rank], rank);

  std::deque<std::string> printable, merges;
  BpeVocabulary vocabulary{.tokens = {},
                           .kinds = std::vector(tokens.size(), TokenKind::Normal),
                           .merges = {},
                           .preTokenizer = PreTokenizer::Llama3,
                           .wholePiecesFirst = true,
                           .origin = origin};
  for (std::size_t rank = 0; rank < tokens.size(); ++rank) {
    vocabulary.tokens.emplace_back(printable.emplace_back(printableOf(tokens[rank])));
    if (tokens[rank].size() < 2) continue;
    if (const auto halves = halvesOf(tokens[rank], rank, ranks)) {
      vocabulary.merges.emplace_back(
          merges.emplace_back(printableOf(halves->first) + " " + printableOf(halves->second)));
    }
  }
  for (const std::string_view control : addedControlTokens(family)) {
    vocabulary.tokens.push_back(control);
    vocabulary.kinds.push_back(TokenKind::Control);
  }
  return makeBpeTokenizer(vocabulary);
}

}  // namespace xllm::tokenizer
