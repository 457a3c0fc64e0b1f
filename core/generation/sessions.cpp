#include "core/generation/sessions.h"

#include <algorithm>

namespace xllm::generation {

namespace {

constexpr std::int64_t kWorthKeeping = 64;  // columns; fewer are computed again as fast as they are copied

}  // namespace

Sessions::Sessions(const llm::LanguageModel& languageModel, llm::KeptAs kept, std::int64_t mostBytes)
    : m_languageModel(languageModel), m_mostBytes(mostBytes) {
  m_sessions.emplace_back(languageModel, kept);
}

Session& Sessions::forPrompt(const std::vector<Column>& prompt) {
  if (m_languageModel.config().readsBothWays()) return m_sessions.front();  // nothing of it is ever used again
  const auto longer = [&](const Session& a, const Session& b) {
    return a.commonBeginning(prompt) < b.commonBeginning(prompt);
  };
  m_sessions.splice(m_sessions.begin(), m_sessions, std::max_element(m_sessions.begin(), m_sessions.end(), longer));
  const Session& found = m_sessions.front();
  const std::int64_t common = found.commonBeginning(prompt);
  if (found.columns() - common >= kWorthKeeping) {
    const std::int64_t copied = found.bytes() / found.columns() * common;
    if (found.bytes() + copied <= m_mostBytes) m_sessions.push_front(found.beginning(common));
  }
  makeRoom();
  return m_sessions.front();
}

std::int64_t Sessions::bytes() const {
  std::int64_t sum = 0;
  for (const Session& session : m_sessions) sum += session.bytes();
  return sum;
}

void Sessions::makeRoom() {
  while (m_sessions.size() > 1 && bytes() > m_mostBytes) m_sessions.pop_back();
}

}  // namespace xllm::generation
