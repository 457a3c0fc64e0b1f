// What is typed but not sent: one draft for each conversation, and one for the next new one. Swapped when another
// conversation is shown, and there again after the program ended, however it did. Leaves showing it to the composer.
#pragma once

#include <QObject>
#include <QTimer>

#include "ui/history/records.h"
#include "ui/window/start.h"

namespace xllm::ui {

class Composer;
class Conversation;
class Store;

class Drafts final : public QObject {
  Q_OBJECT

 public:
  // All outlive this. Restores the draft of the conversation that is shown; after any start but a normal one without
  // its files, which might have been the reason.
  Drafts(Composer& composer, Conversation& conversation, Store& store, Start start, QObject* parent = nullptr);
  ~Drafts() override;  // keeps the last letters, too

 private:
  void onShown(ConversationId id);
  void onBegun(ConversationId id);
  void keep();
  void restore();

  Composer& m_composer;
  Conversation& m_conversation;
  Store& m_store;
  ConversationId m_of = 0;  // whose draft the composer holds
  bool m_withFiles;
  QTimer m_timer;
};

}  // namespace xllm::ui
