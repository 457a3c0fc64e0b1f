// One conversation with the engine: what is sent, when, where its answer goes, and that all of it is kept. An answer
// runs on while another conversation is shown. Leaves pixels to the view, the draft to the composer, and the disk to
// the store. GUI thread only.
#pragma once

#include <QHash>
#include <QObject>
#include <optional>

#include "ui/bridge/engine_bridge.h"
#include "ui/chat/conversation_model.h"
#include "ui/chat/request_turns.h"
#include "ui/composer/attachment_loader.h"
#include "ui/history/store.h"
#include "ui/models/pack_state.h"

namespace xllm::ui {

class Conversation final : public QObject {
  Q_OBJECT

 public:
  // Why a message was not taken. Nothing was changed; the draft is still the composer's.
  enum class Refusal { Busy = 1, NoPack, QueueFull, CannotSee, CannotHear, CannotWatch };

  // All outlive the conversation.
  Conversation(EngineBridge& bridge, PackState& pack, Store& store, const MediaReader& reader,
               QObject* parent = nullptr);

  ConversationModel& model() { return m_model; }
  ConversationId id() const { return m_id; }  // 0: new, nothing was said yet
  // Of what is asked from now on. `halfMemory`: the engine remembers it in int8.
  void setAnswering(const Answering& answering, bool halfMemory) {
    m_asking = {.answering = answering, .halfMemory = halfMemory};
  }

  void startNew();
  // Nothing of it reaches the disk, and it is gone once another one is shown.
  void startTemporary();
  bool isTemporary() const { return m_store.isTemporary(m_id); }
  void keepForGood();            // of a temporary one: it is one like the others from now on
  void open(ConversationId id);  // shown() follows; where there is none any more, nothing
  void openLatest();
  void leave(ConversationId id);  // it was thrown away: its answer stops, and a new one is shown in its place

  // Nothing: taken. While a pack loads the message waits visibly, and goes out by itself, whatever is shown then.
  [[nodiscard]] std::optional<Refusal> send(const QString& text, const Attachments& attachments);
  void stop();                // the running answer within a token; a waiting message comes back through returned()
  void answerAgain(int row);  // a reply: another version of it
  void resume(int row);       // a reply that ended early: it goes on where it stopped
  void edit(int row);  // the question, also by its reply's row: it comes back through returned(), and what is sent
                       // next is another version of it
  void stopEditing();  // what is sent next is a message of its own
  void choose(int row, int version);
  // What would be sent if this were the next message, and the row of each turn behind the system's. For measuring: of
  // media that are only on disk it holds the kind and the length.
  Prospect prospect(const QString& text, const Attachments& attachments) const;
  // What would be asked if this were sent now. Nothing: it would not be, or a medium has to be read from disk first.
  std::optional<generation::ChatRequest> foreseen(const QString& text, const Attachments& attachments) const;
  bool isBusy() const { return m_running.reply != 0; }
  bool isAnswering() const { return runningRow() >= 0; }  // busy, and with what is shown
  bool isEditing() const { return m_edited != 0; }

 Q_SIGNALS:
  void shown(xllm::ui::ConversationId id);  // another conversation, or a new one
  // The new one that is shown got its first message, and with it an id; or a temporary one is kept, as such or as new.
  void begun(xllm::ui::ConversationId id);
  void busyChanged(bool busy);
  void editingChanged(bool editing);
  void temporaryChanged(bool temporary);
  void refused(xllm::ui::Conversation::Refusal why);                             // of what has no answer of its own
  void returned(const QString& text, const xllm::ui::Attachments& attachments);  // belongs into the composer again
  void speedChanged(double tokensPerSecond, double firstTextSeconds);
  void answered(int row);

 private:
  // The reply that waits or runs; it may be of a conversation that is not shown.
  struct Running {
    ConversationId conversation = 0;
    MessageId reply = 0;  // 0: none
    MessageId question = 0;
    bool isNewQuestion = false;                         // it goes with its reply when it cannot be sent
    MessageId replaced = 0;                             // a version that goes as soon as this one is on its way
    std::optional<RequestId> request;                   // none while it waits for the pack or for media
    QHash<quint64, std::pair<MessageId, int>> reading;  // media on their way back into memory
    QList<Message> aside = {};  // up to the reply, while it has not gone out and another conversation is shown
    MessageState state = MessageState::Pending;
    QString text;
  };

  void onText(quint64 id, const QString& text);
  void onFinished(quint64 id, const Finished& end);
  void onPackChanged();
  void show(const ConversationContent& content);
  std::optional<Refusal> check(const Attachments& attachments) const;
  void keep(const Message& message);
  void leaveShown();
  void leaveTemporary();
  void begin(int replyRow, bool isNewQuestion);
  std::optional<Refusal> startReply();
  std::optional<Refusal> submit();
  void wakeMedia();
  void onMediaRead(quint64 id, const Attachment* attachment);
  void setRunningState(MessageState state);
  void finishReply(MessageState state, const ReplyFigures& figures, const std::optional<Error>& error);
  void giveBack();
  void takeBack(bool alsoQuestion);
  generation::ChatRequest request() const;
  Asking asking() const;
  MessagePath pathAbove(int row) const;
  MessagePath runningPath() const;
  void setRunningAside();
  void takeRunningIn();
  int nextRow() const;  // of what is sent next
  bool hears() const;
  int runningRow() const;  // -1: not shown
  void setRunning(Running running);

  EngineBridge& m_bridge;
  PackState& m_pack;
  Store& m_store;
  ConversationModel m_model;
  ConversationId m_id = 0;
  ConversationId m_wanted = 0;  // being read
  int m_ends = 0;               // how many replies ended and versions went: what was being read meanwhile is read again
  MessageId m_edited = 0;
  Asking m_asking;  // `hears` is the pack's
  Running m_running;
  // Media of what was sent since the start, by message and place: whole until they are kept, then by name. A
  // conversation that is read from disk before that does not have them.
  QHash<std::pair<MessageId, int>, Attachment> m_sent;
  AttachmentLoader m_loader;  // last: it answers into everything above
};

}  // namespace xllm::ui
