#include "core/generation/context_window.h"

#include <algorithm>
#include <functional>
#include <string>

namespace xllm::generation {

namespace {

using tokenizer::TokenId;

constexpr std::size_t kRememberedTurns = 1 << 16;

std::int64_t wordTokens(const std::vector<PromptPiece>& pieces) {
  std::int64_t tokens = 0;
  for (const PromptPiece& piece : pieces) {
    if (const auto* ids = std::get_if<std::vector<TokenId>>(&piece)) tokens += std::ssize(*ids);
  }
  return tokens;
}

std::int64_t softTokensOf(const std::vector<Part>& parts, const ContextWindow::SoftTokens& softTokens) {
  std::int64_t tokens = 0;
  for (const Part& part : parts) {
    if (!std::holds_alternative<std::string>(part)) tokens += softTokens(part);
  }
  return tokens;
}

// Of what decides how many words a turn has: its own, and of media the kind (wraps, default questions).
std::size_t hashOf(const Turn& turn) {
  std::string content(1, static_cast<char>('0' + static_cast<int>(turn.role)));
  for (const Part& part : turn.parts) {
    content += static_cast<char>('0' + part.index());
    if (const auto* words = std::get_if<std::string>(&part)) content += std::to_string(words->size()) + ':' + *words;
  }
  return std::hash<std::string>()(content);
}

}  // namespace

std::int64_t answerReserve(std::int64_t contextLength, std::int64_t maxNewTokens) {
  return std::min(maxNewTokens, contextLength / 4);
}

std::size_t exchangesLeftOut(std::span<const ExchangeCost> exchanges, std::int64_t base, std::int64_t room) {
  std::size_t first = 0;
  std::int64_t before = 0;  // of what stays in front of the question
  for (std::size_t now = 0; now < exchanges.size(); ++now) {
    const std::int64_t beside = room - base - exchanges[now].question;
    if (before > beside) {
      for (; first < now && before > beside / 2; ++first) before -= exchanges[first].whole;
    }
    before += exchanges[now].whole;
  }
  return first;
}

// Beside an empty answer, because a question that stands alone is written otherwise in some families.
std::int64_t ContextWindow::costOf(const Turn& turn, const PromptFormat& format, const tokenizer::Tokenizer& tokenizer,
                                   const SoftTokens& softTokens) {
  const std::size_t content = hashOf(turn);
  auto known = m_words.find(content);
  if (known == m_words.end()) {
    if (m_words.size() >= kRememberedTurns) m_words.clear();
    PromptFormat bare = format;
    bare.systemPrompt.clear();
    const Turn empty{Role::Assistant, {std::string()}};
    const std::int64_t words = wordTokens(layOutPrompt({empty, turn}, bare, tokenizer, false)) -
                               wordTokens(layOutPrompt({empty}, bare, tokenizer, false));
    known = m_words.emplace(content, words).first;
  }
  return known->second + softTokensOf(turn.parts, softTokens);
}

ContextWindow::View ContextWindow::view(const std::vector<Turn>& turns, const PromptFormat& format,
                                        const tokenizer::Tokenizer& tokenizer, std::int64_t room,
                                        const SoftTokens& softTokens, std::int64_t leastLeftOut) {
  const std::size_t system = !turns.empty() && turns.front().role == Role::System ? 1 : 0;
  std::vector<ExchangeCost> costs;
  std::vector<std::size_t> begins;  // of exchanges
  for (std::size_t index = system; index < turns.size(); ++index) {
    const std::int64_t cost = costOf(turns[index], format, tokenizer, softTokens);
    if (costs.empty() || turns[index].role == Role::User) {
      begins.push_back(index);
      costs.push_back({cost, cost});
    } else {
      costs.back().whole += cost;
    }
  }
  if (!costs.empty()) costs.back().question = costs.back().whole;  // with the answer that is to go on
  std::vector<Turn> always(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(system));
  const auto leftOutTurns = [&](std::size_t exchanges) {
    return exchanges == 0 ? 0 : static_cast<std::int64_t>(begins[exchanges] - system);
  };
  std::size_t leftOut = exchangesLeftOut(costs, wordTokens(layOutPrompt(always, format, tokenizer)), room);
  while (leftOut + 1 < costs.size() && leftOutTurns(leftOut) < leastLeftOut) ++leftOut;

  // Turns are not always worth the sum of what each costs; the sum chooses, the whole decides.
  View view;
  for (;; ++leftOut) {
    view.turns = always;
    view.turnsLeftOut = leftOutTurns(leftOut);
    view.turns.insert(view.turns.end(), turns.begin() + static_cast<std::ptrdiff_t>(system) + view.turnsLeftOut,
                      turns.end());
    view.pieces = layOutPrompt(view.turns, format, tokenizer);
    view.tokens = wordTokens(view.pieces);
    for (const Turn& turn : view.turns) view.tokens += softTokensOf(turn.parts, softTokens);
    if (view.tokens <= room || leftOut + 1 >= costs.size()) return view;
  }
}

}  // namespace xllm::generation
