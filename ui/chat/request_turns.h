// Messages as the turns that the engine is asked with. Any thread.
#pragma once

#include <QList>
#include <vector>

#include "core/generation/chat_request.h"
#include "ui/chat/conversation_model.h"
#include "ui/settings/preset.h"

namespace xllm::ui {

// Question, reply, question, reply, …; what is pointed to outlives it.
using MessagePath = std::vector<const Message*>;

struct Asking {
  Answering answering = {};
  bool halfMemory = false;  // the engine remembers it in int8
  bool hears = false;       // the pack does; a clip that it can watch is worth asking about without its sound
};

// A request, and the row in the path of each of its turns behind the system's.
struct Prospect {
  generation::ChatRequest request;
  QList<int> rows;
};

// `measured`: what is only on disk counts, too, by its kind and length.
generation::Turn turnOf(const Message& message, bool hears, bool measured = false);

// What stands before the first question, and every exchange that has an answer. One that failed is left out with its
// question.
Prospect exchangesOf(const MessagePath& path, const Asking& how, bool measured);

// Whether the model would have to read something of it from disk first.
bool needsDisk(const Attachment& attachment);

}  // namespace xllm::ui
