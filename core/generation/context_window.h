// Which part of a conversation the model is shown when all of it does not fit: the oldest exchanges, each a question
// with its answer, are left out; never what the system says, never the newest question. The one place where this is
// decided: for an answer, and for the measure of what an answer would cost. No tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/generation/chat_request.h"
#include "core/generation/prompt.h"

namespace xllm::generation {

// In tokens. `whole` is the question and all that follows it up to the next one.
struct ExchangeCost {
  std::int64_t question = 0, whole = 0;
};

// How many of the oldest exchanges are left out, so that `base` and what stays take at most `room` tokens. Follows the
// conversation from its beginning: whenever a question did not fit any more, what stood before it was cut to half of
// the room beside it. So nothing more is left out for many turns, the answer depends on nothing but the conversation,
// and the prompt's beginning stays what the KV cache holds. May leave the last question alone, and that may still be
// too long.
std::size_t exchangesLeftOut(std::span<const ExchangeCost> exchanges, std::int64_t base, std::int64_t room);

// Room that is kept for an answer of up to so many tokens.
std::int64_t answerReserve(std::int64_t contextLength, std::int64_t maxNewTokens);

// One thread at a time: it remembers what turns cost.
class ContextWindow {
 public:
  // What of a conversation is shown, laid out.
  struct View {
    std::vector<Turn> turns;
    std::vector<PromptPiece> pieces;  // of these turns
    std::int64_t turnsLeftOut = 0;
    std::int64_t tokens = 0;  // soft tokens included
  };
  using SoftTokens = std::function<std::int64_t(const Part& medium)>;

  // Leaves out `leastLeftOut` turns at least. `turns` holds a question.
  View view(const std::vector<Turn>& turns, const PromptFormat& format, const tokenizer::Tokenizer& tokenizer,
            std::int64_t room, const SoftTokens& softTokens, std::int64_t leastLeftOut = 0);

 private:
  std::int64_t costOf(const Turn& turn, const PromptFormat& format, const tokenizer::Tokenizer& tokenizer,
                      const SoftTokens& softTokens);

  std::unordered_map<std::size_t, std::int64_t> m_words;  // by the content's hash: tokens of a turn without its media
};

}  // namespace xllm::generation
