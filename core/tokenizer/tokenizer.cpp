#include "core/tokenizer/tokenizer.h"

#include <utility>

#include "core/tokenizer/utf8.h"

namespace xllm::tokenizer {

std::string Tokenizer::decode(const std::vector<TokenId>& ids) const {
  std::string bytes;
  for (const TokenId id : ids) bytes += bytesOf(id);
  return repairedUtf8(std::move(bytes));
}

std::string StreamDecoder::push(TokenId id) {
  m_pending += m_tokenizer.bytesOf(id);
  return takeWholeUtf8(m_pending);
}

std::string StreamDecoder::flush() {
  std::string out = takeWholeUtf8(m_pending);
  if (!m_pending.empty()) out.append(kReplacementCharacter);
  m_pending.clear();
  return out;
}

}  // namespace xllm::tokenizer
