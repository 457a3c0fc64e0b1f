// What ChatGLM's own code does to an answer before it is shown (process_response in modeling_chatglm.py), as it
// streams: blanks around the answer go, and half-width punctuation beside a Chinese character becomes full-width.
#pragma once

#include <string>
#include <string_view>

#include "core/tokenizer/chat_template.h"

namespace xllm::generation {

// One per answer, one thread.
class AnswerText {
 public:
  explicit AnswerText(tokenizer::AnswerRules rules) : m_rules(rules) {}

  // Whole UTF-8 characters in, and out what no later text can change any more; may be empty.
  std::string push(std::string_view text);
  std::string flush();  // at the end: the rest

 private:
  std::string settle(bool atEnd);
  // Takes what is decided off the front of m_pending and appends what it becomes; false: wait for more.
  bool settleFirst(std::string& out, bool atEnd);
  bool settleBlanks(std::string& out);
  bool settlePunctuation(std::string& out, bool atEnd);

  tokenizer::AnswerRules m_rules;
  std::string m_pending;
  bool m_begun = false;         // something else than blanks was written
  bool m_afterChinese = false;  // the last character was one
};

}  // namespace xllm::generation
