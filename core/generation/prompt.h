// A conversation as the language model reads it: runs of token ids, and places where soft tokens of a picture, a
// clip or a recording are spliced in, each at its own turn (unlike the paper's released code, which puts one medium in
// front of everything). The one place where prompts are laid out: the program and the trainer both use it.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "core/generation/chat_request.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"

namespace xllm::generation {

// Text in front of and behind soft tokens, and the question asked when a turn has such media but no words.
struct MediaFormat {
  std::string before, after;
  std::string defaultQuestion;
};

struct PromptFormat {
  const tokenizer::ChatTemplate& chatTemplate;
  std::string systemPrompt;  // used when the conversation does not start with a system turn; empty: none
  MediaFormat picture, speech;
  MediaFormat clip = {};
};

// Where a medium stands: turns[turn].parts[part].
struct MediaPlace {
  std::size_t turn = 0, part = 0;
};
using PromptPiece = std::variant<std::vector<tokenizer::TokenId>, MediaPlace>;

// Neighbouring words of one turn are tokenised together. With `openAnswer` the prompt ends where the assistant's answer
// begins, or where it goes on when the last turn is the beginning of one; without it the last turn is closed (training,
// where the answer is known).
std::vector<PromptPiece> layOutPrompt(const std::vector<Turn>& turns, const PromptFormat& format,
                                      const tokenizer::Tokenizer& tokenizer, bool openAnswer = true);

}  // namespace xllm::generation
