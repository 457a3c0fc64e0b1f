// One conversation with the engine: what is sent, when, and where its answer goes. Leaves pixels to the view and the
// draft to the composer. GUI thread only.
#pragma once

#include <QObject>
#include <optional>

#include "ui/bridge/engine_bridge.h"
#include "ui/chat/conversation_model.h"
#include "ui/models/pack_state.h"

namespace xllm::ui {

class Conversation final : public QObject {
  Q_OBJECT

 public:
  // Why a message was not taken. Nothing was changed; the draft is still the composer's.
  enum class Refusal { Busy = 1, NoPack, QueueFull, CannotSee, CannotHear };

  Conversation(EngineBridge& bridge, PackState& pack, QObject* parent = nullptr);

  ConversationModel& model() { return m_model; }

  // Nothing: taken. While a pack loads the message waits visibly and goes out by itself.
  [[nodiscard]] std::optional<Refusal> send(const QString& text, const Attachments& attachments);
  void stop();          // the running answer within a token; a waiting message comes back through returned()
  void retry(int row);  // a reply that failed
  void edit(int row);   // a reply that failed: its question comes back through returned()
  bool isBusy() const { return m_reply >= 0; }

 Q_SIGNALS:
  void busyChanged(bool busy);
  void refused(xllm::ui::Conversation::Refusal why);  // of retry() and of a message that had waited
  void returned(const QString& text, const xllm::ui::Attachments& attachments);  // belongs into the composer again
  void speedChanged(double tokensPerSecond, double firstTextSeconds);
  void answered(int row);

 private:
  void onText(quint64 id, const QString& text);
  void onFinished(quint64 id, const Finished& end);
  void onPackChanged();
  std::optional<Refusal> check(const Attachments& attachments) const;
  std::optional<Refusal> submit(const Attachments& attachments);
  generation::ChatRequest request() const;
  void giveBack(int replyRow);
  void setReply(int row);

  EngineBridge& m_bridge;
  PackState& m_pack;
  ConversationModel m_model;
  std::optional<RequestId> m_request;  // of the reply in m_reply; nothing while it waits for the pack
  int m_reply = -1;                    // row of the reply that waits or runs
};

}  // namespace xllm::ui
