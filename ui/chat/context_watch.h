// Knows how full the context is while one types. The engine measures, when it has nothing else to do and not more often
// than a few times a second; in between, and while it answers, the last measure is carried on by letters and tokens.
// Nothing here ever waits. GUI thread only.
#pragma once

#include <QList>
#include <QObject>
#include <functional>
#include <optional>
#include <utility>

#include "ui/bridge/attachment.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/context_use.h"

class QTimer;

namespace xllm::ui {

class Conversation;
class PackState;

class ContextWatch final : public QObject {
  Q_OBJECT

 public:
  using Draft = std::function<std::pair<QString, Attachments>()>;

  // All outlive this. `draft`: what stands in the composer.
  ContextWatch(EngineBridge& bridge, PackState& pack, Conversation& conversation, Draft draft,
               QObject* parent = nullptr);

  const ContextUse& use() const { return m_use; }
  void draftChanged(qsizetype letters);

 Q_SIGNALS:
  void changed(const xllm::ui::ContextUse& use);

 private:
  void estimateAll();
  void measureSoon();
  void measure();
  void onFinished(quint64 id, const Finished& end);
  void onBusy(bool busy);
  void carryOn();
  void show(const ContextUse& use);

  EngineBridge& m_bridge;
  PackState& m_pack;
  Conversation& m_conversation;
  Draft m_draft;
  QTimer* m_timer;
  ContextUse m_use;
  ContextUse m_measured;         // the last one that the engine told
  qsizetype m_draftLetters = 0;  // now
  qsizetype m_measuredDraftLetters = 0;
  double m_tokensPerLetter = 0;
  qint64 m_sentTokens = 0;  // what the running answer began with

  // The measure that is under way.
  std::optional<RequestId> m_request;
  QList<int> m_rows;  // of its turns
  qsizetype m_letters = 0, m_requestDraftLetters = 0;
};

}  // namespace xllm::ui
