// A temporary conversation says that it is one, and can be kept after all. Leaves what that means to ui/chat.
#pragma once

#include <QObject>

class QPushButton;

namespace xllm::ui {

class Actions;
class Conversation;
class InlineMessage;

class TemporaryNotice final : public QObject {
  Q_OBJECT

 public:
  // All outlive this. `message` belongs to it alone.
  TemporaryNotice(Conversation& conversation, Actions& actions, InlineMessage& message, QObject* parent = nullptr);

  void retranslate();

 private:
  void show(bool temporary);

  Conversation& m_conversation;
  Actions& m_actions;
  InlineMessage& m_message;
  QPushButton* m_keep;
};

}  // namespace xllm::ui
