// How a conversation is written for one family of language models: role headers, turn ends, stop tokens. Text only:
// where a picture or a recording stands in a turn, the caller cuts the turn there (core/generation). Sources: the
// published tokenizer_config.json files and, for ChatGLM, tokenization_chatglm.py and modeling_chatglm.py.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/role.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::tokenizer {

using xllm::Role;

// What a template puts at one place: tokens as they are, and words, which are tokenised together with the words of the
// turns beside them.
using ChatMark = std::vector<std::variant<std::vector<TokenId>, std::string>>;

// Where a turn stands. Some families number their rounds of a question and an answer.
struct TurnPlace {
  Role role = Role::User;
  std::size_t round = 0;  // questions before this one, or before the one that is answered
  bool alone = false;     // the whole conversation is this question
};

// What the family's own code does to an answer before it is shown (core/generation/answer_text.h).
struct AnswerRules {
  bool trimmed = false;             // without the blanks around it
  bool chinesePunctuation = false;  // full-width beside a Chinese character
};

// Immutable: any thread may call.
class ChatTemplate {
 public:
  // `name` as in pack.json: one of names(). Unsupported for others; BadInput when the tokenizer lacks a control token.
  static Result<ChatTemplate> create(std::string_view name, const Tokenizer& tokenizer);
  // "chatml", "qwen3", "llama2", "llama3", "gemma", "chatglm", "visualglm", "chatglm2", "chatglm3", "glm4"
  static std::vector<std::string_view> names();

  ChatMark conversationStart() const;
  ChatMark turnStart(const TurnPlace& place) const;      // <|im_start|>user\n
  ChatMark turnEnd(const TurnPlace& place) const;        // <|im_end|>\n
  ChatMark openAnswer(const TurnPlace& question) const;  // behind a closed question: where its answer is to begin
  // Without them, what the system would say goes in front of the first question, with an empty line between.
  bool hasSystemTurns() const { return !m_system.empty(); }

  // The pictures of a turn stand in front of its turnStart(), wherever in it they were shown.
  bool picturesLead() const { return m_picturesLead; }

  // What the model is trained to write behind its answer.
  TokenId answerEnd() const { return m_stopTokens.front(); }
  // Any of these ends an answer; the first is answerEnd().
  const std::vector<TokenId>& stopTokens() const { return m_stopTokens; }
  const AnswerRules& answerRules() const { return m_answerRules; }

 private:
  // Families that write rounds as plain words ("[Round 1]\n\n问：…\n\n答：…").
  struct Rounds {
    std::string ask;         // in front of a question, # for its number; empty: turns with control tokens instead
    std::size_t first = 0;   // number of the first round
    std::string gap;         // between question and answer, and behind an answer
    bool bareAlone = false;  // a question alone is written as it is
    bool used() const { return !ask.empty(); }
  };

  ChatMark m_start, m_system, m_firstUser, m_user, m_assistant, m_open;
  ChatMark m_systemEnd, m_userEnd, m_turnEnd;
  std::vector<TokenId> m_stopTokens;
  Rounds m_rounds;
  bool m_picturesLead = false;
  AnswerRules m_answerRules;
};

// Control tokens that the family's own code adds behind the pieces of its tokenizer file, in order of their ids: for
// tokenizerFromFile().
std::vector<std::string_view> addedControlTokens(std::string_view family);

}  // namespace xllm::tokenizer
