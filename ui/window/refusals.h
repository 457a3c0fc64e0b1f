// Why a message was not taken, and what to do, in the reader's language.
#pragma once

#include <QCoreApplication>

#include "ui/bridge/problem.h"
#include "ui/chat/conversation.h"

namespace xllm::ui {

class Refusals {
  Q_DECLARE_TR_FUNCTIONS(xllm::ui::Refusals)

 public:
  static Problem describe(Conversation::Refusal why);  // again after the language changed
};

}  // namespace xllm::ui
