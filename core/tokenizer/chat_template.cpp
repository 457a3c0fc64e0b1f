#include "core/tokenizer/chat_template.h"

#include <stdexcept>

namespace xllm::tokenizer {

Result<ChatTemplate> ChatTemplate::create(std::string_view name, const Tokenizer& tokenizer) {
  if (name != "chatml") {
    return fail(ErrorCode::Unsupported,
                "The chat template \"" + std::string(name) + "\" is not known; only \"chatml\" is.");
  }
  const auto start = tokenizer.controlToken("<|im_start|>");
  const auto end = tokenizer.controlToken("<|im_end|>");
  if (!start || !end) {
    return fail(ErrorCode::BadInput, std::string("The tokenizer has no control token ") +
                                         (start ? "<|im_end|>" : "<|im_start|>") +
                                         ", which the chat template \"chatml\" needs.");
  }
  const auto header = [&](std::string_view role) {
    std::vector<TokenId> ids{*start};
    const std::vector<TokenId> text = tokenizer.encode(std::string(role) + "\n");
    ids.insert(ids.end(), text.begin(), text.end());
    return ids;
  };
  ChatTemplate made;
  made.m_system = header("system");
  made.m_user = header("user");
  made.m_assistant = header("assistant");
  made.m_turnEnd = tokenizer.encode("\n");
  made.m_turnEnd.insert(made.m_turnEnd.begin(), *end);
  made.m_stopTokens = {*end};
  // Base models end a text with this one, and tuned ones sometimes fall back to it.
  if (const auto endOfText = tokenizer.controlToken("<|endoftext|>")) made.m_stopTokens.push_back(*endOfText);
  return made;
}

std::vector<TokenId> ChatTemplate::turnStart(Role role) const {
  switch (role) {
    case Role::System: return m_system;
    case Role::User: return m_user;
    case Role::Assistant: return m_assistant;
  }
  throw std::logic_error("turnStart of role " + std::to_string(static_cast<int>(role)));
}

std::vector<TokenId> ChatTemplate::turnEnd() const { return m_turnEnd; }

}  // namespace xllm::tokenizer
