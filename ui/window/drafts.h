// What is typed but not sent: one draft for each conversation, and one for the next new one. Swapped when another
// conversation is shown, put aside while an earlier message is edited, and there again after the program ended, however
// it did. What was said lies in the media vault meanwhile, and goes from there when the person throws it away. Leaves
// showing it to the composer.
#pragma once

#include <QHash>
#include <QObject>
#include <QTimer>

#include "ui/bridge/attachment.h"
#include "ui/history/records.h"
#include "ui/window/start.h"

namespace xllm::ui {

class AttachmentChip;
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
  void onEditing(bool editing);
  void keep();
  Draft draft(QHash<quint64, qsizetype>* waiting = nullptr) const;
  void leave();
  void empty();
  void restore();
  void keepRecording(quint64 chip, const Attachment& attachment);
  void show(const AttachmentRecord& recording);
  AttachmentRecord recordingOf(const AttachmentChip& chip) const;
  void onKept(quint64 chip, const Result<QString>& sha256);
  void onKeptLater(ConversationId of, quint64 chip, const Result<QString>& sha256);

  Composer& m_composer;
  Conversation& m_conversation;
  Store& m_store;
  ConversationId m_of = 0;  // whose draft the composer holds
  bool m_isAside = false;   // the composer holds, or held until just now, a version of a message
  bool m_withFiles;
  // A draft that is no longer shown, some of whose recordings are still on their way into the vault: it is kept when
  // the last has arrived, all in their order.
  struct Left {
    Draft draft;
    QHash<quint64, qsizetype> places;  // of the recordings that are waited for, by their chips
  };
  QHash<ConversationId, Left> m_left;
  QStringList m_kept;  // media of the draft that was kept last
  QTimer m_timer;
};

}  // namespace xllm::ui
