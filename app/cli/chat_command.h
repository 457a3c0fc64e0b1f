// `xllm chat`: one conversation on the command line.
#pragma once

#include <string>
#include <vector>

#include "app/cli/interrupt.h"
#include "core/base/clip_decoder.h"
#include "core/generation/chat_request.h"

namespace xllm::cli {

// What stood on the command line, in its order: pictures, clips and sounds gather for the prompt behind them, or
// for the only one in front of them.
struct ChatItem {
  enum class Kind { Picture = 1, Sound, Prompt, Clip } kind = Kind::Prompt;
  std::string value;  // file name or text
};

struct ChatArguments {
  std::string model;  // folder or name of a pack; empty: the starter
  std::vector<ChatItem> items;
  std::string system;
  generation::ChatOptions options;
  bool clipSound = true;  // a clip's sound goes along, where it has some and the pack hears
  bool stats = false;
  bool json = false;
};

// Answers every prompt in order; without one it asks for them on the terminal. `decoder` may be nullptr (built without
// media).
int runChat(const ChatArguments& arguments, const ClipDecoder* decoder, Interrupt& interrupt);

}  // namespace xllm::cli
