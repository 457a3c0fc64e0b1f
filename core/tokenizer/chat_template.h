// How a conversation is written for one family of language models: role headers, turn ends, stop tokens. Text only:
// where a picture or a recording stands in a turn, the caller cuts the turn there (core/generation).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/role.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

using xllm::Role;

// Immutable: any thread may call.
class ChatTemplate {
 public:
  // `name` as in pack.json: "chatml". Unsupported for others; BadInput when the tokenizer lacks the control tokens.
  static Result<ChatTemplate> create(std::string_view name, const Tokenizer& tokenizer);

  std::vector<TokenId> turnStart(Role role) const;  // <|im_start|>user\n
  std::vector<TokenId> turnEnd() const;             // <|im_end|>\n
  const std::vector<TokenId>& stopTokens() const { return m_stopTokens; }

 private:
  std::vector<TokenId> m_system, m_user, m_assistant, m_turnEnd, m_stopTokens;
};

}  // namespace xllm::tokenizer
