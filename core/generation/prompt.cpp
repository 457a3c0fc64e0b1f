#include "core/generation/prompt.h"

#include <algorithm>
#include <utility>

namespace xllm::generation {

namespace {

using tokenizer::TokenId;
using tokenizer::TurnPlace;

// Collects pieces; text waits in `m_text` until something else comes, so that neighbouring words are tokenised
// together.
class Layout {
 public:
  explicit Layout(const tokenizer::Tokenizer& tokenizer) : m_tokenizer(tokenizer) {}

  void text(const std::string& words) { m_text += words; }
  void mark(const tokenizer::ChatMark& mark) {
    for (const auto& piece : mark) {
      if (const auto* words = std::get_if<std::string>(&piece)) {
        text(*words);
      } else {
        settleText();
        append(std::get<std::vector<TokenId>>(piece));
      }
    }
  }
  void medium(MediaPlace place) {
    settleText();
    m_pieces.emplace_back(place);
  }
  std::vector<PromptPiece> take() {
    settleText();
    return std::move(m_pieces);
  }

 private:
  void settleText() {
    if (m_text.empty()) return;
    append(m_tokenizer.encode(m_text));
    m_text.clear();
  }
  void append(const std::vector<TokenId>& ids) {
    if (m_pieces.empty() || !std::holds_alternative<std::vector<TokenId>>(m_pieces.back())) {
      m_pieces.emplace_back(std::vector<TokenId>());
    }
    auto& run = std::get<std::vector<TokenId>>(m_pieces.back());
    run.insert(run.end(), ids.begin(), ids.end());
  }

  const tokenizer::Tokenizer& m_tokenizer;
  std::string m_text;
  std::vector<PromptPiece> m_pieces;
};

template <typename Medium>
bool holds(const Turn& turn) {
  return std::any_of(turn.parts.begin(), turn.parts.end(),
                     [](const Part& part) { return std::holds_alternative<Medium>(part); });
}

bool hasWords(const Turn& turn) {
  return std::any_of(turn.parts.begin(), turn.parts.end(), [](const Part& part) {
    const auto* text = std::get_if<std::string>(&part);
    return text != nullptr && text->find_first_not_of(" \t\r\n") != std::string::npos;
  });
}

const MediaFormat& formatOf(const Part& medium, const PromptFormat& format) {
  if (std::holds_alternative<Picture>(medium)) return format.picture;
  return std::holds_alternative<Clip>(medium) ? format.clip : format.speech;
}

void layOutMedium(Layout& layout, const Part& medium, MediaPlace place, const PromptFormat& format) {
  const MediaFormat& wrap = formatOf(medium, format);
  layout.text(wrap.before);
  layout.medium(place);
  layout.text(wrap.after);
}

// Pictures that stand in front of the turn's header.
void layOutLeadingPictures(Layout& layout, const Turn& turn, std::size_t turnIndex, const PromptFormat& format) {
  if (!format.chatTemplate.picturesLead()) return;
  for (std::size_t index = 0; index < turn.parts.size(); ++index) {
    if (std::holds_alternative<Picture>(turn.parts[index]))
      layOutMedium(layout, turn.parts[index], {turnIndex, index}, format);
  }
}

void layOutParts(Layout& layout, const Turn& turn, std::size_t turnIndex, const PromptFormat& format) {
  for (std::size_t index = 0; index < turn.parts.size(); ++index) {
    if (const auto* words = std::get_if<std::string>(&turn.parts[index])) {
      layout.text(*words);
    } else if (!format.chatTemplate.picturesLead() || !std::holds_alternative<Picture>(turn.parts[index])) {
      layOutMedium(layout, turn.parts[index], {turnIndex, index}, format);
    }
  }
  // A picture or a clip alone is a question of its own; a recording asks for itself, so it decides first.
  if (turn.role != Role::User || hasWords(turn)) return;
  if (holds<Sound>(turn)) {
    layout.text(format.speech.defaultQuestion);
  } else if (holds<Clip>(turn)) {
    layout.text(format.clip.defaultQuestion);
  } else if (holds<Picture>(turn)) {
    layout.text(format.picture.defaultQuestion);
  }
}

// What the system says, where it has no turn of its own: in front of the first question.
void layOutLead(Layout& layout, const std::vector<Turn>& turns, const PromptFormat& format) {
  std::string lead;
  for (const Turn& turn : turns) {
    if (turn.role != Role::System) continue;
    for (const Part& part : turn.parts) {
      if (const auto* words = std::get_if<std::string>(&part)) lead += *words;
    }
  }
  if (lead.empty()) lead = format.systemPrompt;
  if (!lead.empty()) layout.text(lead + "\n\n");
}

}  // namespace

std::vector<PromptPiece> layOutPrompt(const std::vector<Turn>& turns, const PromptFormat& format,
                                      const tokenizer::Tokenizer& tokenizer, bool openAnswer) {
  Layout layout(tokenizer);
  const auto& chat = format.chatTemplate;
  const bool ownSystem = !turns.empty() && turns.front().role == Role::System;
  layout.mark(chat.conversationStart());
  if (chat.hasSystemTurns() && !ownSystem && !format.systemPrompt.empty()) {
    layout.mark(chat.turnStart({.role = Role::System}));
    layout.text(format.systemPrompt);
    layout.mark(chat.turnEnd({.role = Role::System}));
  }
  // An answer that is to be continued stands open, just as its beginning once did.
  const bool goesOn = openAnswer && !turns.empty() && turns.back().role == Role::Assistant;
  TurnPlace place{.role = Role::User, .round = 0, .alone = turns.size() == (ownSystem ? 2U : 1U) + (goesOn ? 1U : 0U)};
  bool leadWritten = chat.hasSystemTurns();
  std::size_t questions = 0;
  for (std::size_t index = 0; index < turns.size(); ++index) {
    const Turn& turn = turns[index];
    if (turn.role == Role::System && !chat.hasSystemTurns()) continue;  // its words stand in the first question
    if (turn.role == Role::User) ++questions;
    place.role = turn.role;
    place.round = questions > 0 ? questions - 1 : 0;
    layOutLeadingPictures(layout, turn, index, format);
    const bool continued = goesOn && index + 1 == turns.size();
    layout.mark(continued ? chat.openAnswer(place) : chat.turnStart(place));
    if (turn.role == Role::User && !leadWritten) {
      layOutLead(layout, turns, format);
      leadWritten = true;
    }
    layOutParts(layout, turn, index, format);
    if (continued) return layout.take();
    layout.mark(chat.turnEnd(place));
  }
  place.role = Role::Assistant;
  if (openAnswer) layout.mark(chat.openAnswer(place));
  return layout.take();
}

}  // namespace xllm::generation
