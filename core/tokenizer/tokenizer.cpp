#include "core/tokenizer/tokenizer.h"

#include "core/tokenizer/utf8.h"

namespace xllm::tokenizer {
namespace {

// Moves the whole characters of `pending` out, a U+FFFD for each malformed run; a torn character stays.
std::string takeWhole(std::string& pending) {
  std::string out;
  std::size_t at = 0;
  while (at < pending.size()) {
    const Utf8Step step = readUtf8(std::string_view(pending).substr(at));
    if (step.kind == Utf8Step::Kind::Torn) break;
    if (step.kind == Utf8Step::Kind::Whole) {
      out.append(pending, at, step.length);
    } else {
      out.append(kReplacementCharacter);
    }
    at += step.length;
  }
  pending.erase(0, at);
  return out;
}

}  // namespace

std::string Tokenizer::decode(const std::vector<TokenId>& ids) const {
  std::string bytes;
  for (const TokenId id : ids) bytes += bytesOf(id);
  std::string out = takeWhole(bytes);
  if (!bytes.empty()) out.append(kReplacementCharacter);
  return out;
}

std::string StreamDecoder::push(TokenId id) {
  m_pending += m_tokenizer.bytesOf(id);
  return takeWhole(m_pending);
}

std::string StreamDecoder::flush() {
  std::string out = takeWhole(m_pending);
  if (!m_pending.empty()) out.append(kReplacementCharacter);
  m_pending.clear();
  return out;
}

}  // namespace xllm::tokenizer
