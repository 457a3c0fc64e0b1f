// The prompts of several conversations, and of branches of one, as KV caches know them: going back to one of them
// computes only what is new. Within a limit of memory; the longest unused one goes first.
#pragma once

#include <cstdint>
#include <list>
#include <vector>

#include "core/generation/session.h"

namespace xllm::generation {

// One thread at a time.
class Sessions {
 public:
  static constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;

  // `kept`: the form of keys and values. `mostBytes` are what all sessions but the one in use may take together with
  // it; that one alone may take more.
  explicit Sessions(const llm::LanguageModel& languageModel, llm::KeptAs kept = llm::kKeptUsually,
                    std::int64_t mostBytes = kMostBytes);

  // The session to run `prompt` in, until the next call: the one that holds the longest beginning of it. What that one
  // holds beyond is a branch that somebody may come back to; where it is long, and there is room for both, a copy of
  // the beginning is given and the branch stays.
  Session& forPrompt(const std::vector<Column>& prompt);
  std::int64_t bytes() const;
  std::size_t size() const { return m_sessions.size(); }

 private:
  void makeRoom();

  const llm::LanguageModel& m_languageModel;
  std::int64_t m_mostBytes;
  std::list<Session> m_sessions;  // the one in use first, then by last use
};

}  // namespace xllm::generation
