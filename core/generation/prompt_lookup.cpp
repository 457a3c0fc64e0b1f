#include "core/generation/prompt_lookup.h"

#include <algorithm>

namespace xllm::generation {

namespace {

constexpr double kWorthIt = 0.5;   // right guesses a pass that pay for its longer way through the model
constexpr double kMemory = 0.75;   // of the average, from one guess to the next
constexpr std::size_t kRest = 32;  // tokens without guesses after too many wrong ones

}  // namespace

// Tokens are below 2^21 in every vocabulary there is; others share a key, which costs a wrong guess.
std::uint64_t PromptLookup::lastThree() const {
  std::uint64_t key = 0;
  for (std::size_t i = m_text.size() - 3; i < m_text.size(); ++i) {
    if (m_text[i] < 0) return 0;
    key = key << 21 | (static_cast<std::uint64_t>(m_text[i]) & 0x1fffff);
  }
  return key + 1;
}

void PromptLookup::append(tokenizer::TokenId token) {
  if (m_text.size() >= 3) {
    if (const std::uint64_t key = lastThree()) m_behind[key] = m_text.size();
  }
  m_text.push_back(token);
}

std::vector<tokenizer::TokenId> PromptLookup::guess(std::size_t most) const {
  if (m_text.size() < 3 || m_text.size() < m_restUntil) return {};
  const auto found = m_behind.find(lastThree());
  if (found == m_behind.end()) return {};
  std::vector<tokenizer::TokenId> guessed;
  for (std::size_t i = found->second; i < m_text.size() && guessed.size() < most && m_text[i] >= 0; ++i) {
    guessed.push_back(m_text[i]);
  }
  return guessed;
}

void PromptLookup::learn(std::size_t right) {
  m_right = kMemory * m_right + (1 - kMemory) * static_cast<double>(right);
  if (m_right >= kWorthIt) return;
  m_restUntil = m_text.size() + kRest;
  m_right = 2 * kWorthIt;  // one more chance after the rest
}

}  // namespace xllm::generation
