#include "core/generation/answer_text.h"

#include <algorithm>
#include <utility>

#include "core/tokenizer/utf8.h"

namespace xllm::generation {
namespace {

// The models were taught to write this where their makers put a year.
constexpr std::string_view kYearMark = "[[训练时间]]", kYear = "2023年";
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view fullWidth(char punctuation) {
  switch (punctuation) {
    case ',': return "，";
    case '!': return "！";
    case ':': return "：";
    case ';': return "；";
    case '?': return "？";
    default: return {};
  }
}

bool beginsChinese(std::string_view text) {
  const char32_t c = tokenizer::readUtf8(text).codePoint;
  return c >= 0x4E00 && c <= 0x9FFF;
}

}  // namespace

std::string AnswerText::push(std::string_view text) {
  if (!m_rules.trimmed && !m_rules.chinesePunctuation) return std::string(text);
  m_pending += text;
  return settle(false);
}

std::string AnswerText::flush() { return settle(true); }

std::string AnswerText::settle(bool atEnd) {
  std::string out;
  while (!m_pending.empty() && settleFirst(out, atEnd)) m_begun = m_begun || !out.empty();
  return out;
}

bool AnswerText::settleFirst(std::string& out, bool atEnd) {
  if (kBlanks.find(m_pending.front()) != std::string_view::npos) return settleBlanks(out);
  if (m_rules.chinesePunctuation && m_pending.starts_with(kYearMark)) {
    out += kYear;
    m_pending.erase(0, kYearMark.size());
    m_afterChinese = true;
    return true;
  }
  if (m_rules.chinesePunctuation && !atEnd && kYearMark.starts_with(m_pending)) return false;
  if (m_rules.chinesePunctuation && !fullWidth(m_pending.front()).empty()) return settlePunctuation(out, atEnd);
  m_afterChinese = beginsChinese(m_pending);
  const std::size_t length = std::max<std::size_t>(tokenizer::readUtf8(m_pending).length, 1);
  out.append(m_pending, 0, length);
  m_pending.erase(0, length);
  return true;
}

// Blanks count only between other text.
bool AnswerText::settleBlanks(std::string& out) {
  const std::size_t length = m_pending.find_first_not_of(kBlanks);
  if (length == std::string::npos) return false;  // at the end they are left out
  if (m_begun) out.append(m_pending, 0, length);
  m_pending.erase(0, length);
  m_afterChinese = false;
  return true;
}

bool AnswerText::settlePunctuation(std::string& out, bool atEnd) {
  const std::string_view behind = std::string_view(m_pending).substr(1);
  if (!m_afterChinese && behind.empty() && !atEnd) return false;
  if (m_afterChinese || (!behind.empty() && beginsChinese(behind))) {
    out += fullWidth(m_pending.front());
  } else {
    out += m_pending.front();
  }
  m_pending.erase(0, 1);
  m_afterChinese = false;
  return true;
}

}  // namespace xllm::generation
