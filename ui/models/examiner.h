// Asks the engine what the model makes of pictures and recordings: one at a time, in order, and only while it has
// nothing better to do. An answer never waits for it: what runs is cancelled when one is wanted, and asked again
// afterwards. Leaves what is done with it to its owner. GUI thread only.
#pragma once

#include <QObject>
#include <QTimer>
#include <deque>
#include <optional>
#include <vector>

#include "ui/bridge/engine_bridge.h"
#include "ui/models/pack_state.h"

namespace xllm::ui {

class Examiner final : public QObject {
  Q_OBJECT

 public:
  enum class Urgency { Soon = 1, Next };  // Next: somebody waits for it

  Examiner(EngineBridge& bridge, const PackState& pack, QObject* parent = nullptr);  // both outlive this

  // Exactly one examined(), described() or failed() follows, unless it is forgotten. Nothing runs before a pack is
  // loaded; then it is the one that is asked.
  quint64 examine(const generation::Part& medium, Urgency urgency);
  // A sentence about it, in the model's own words. After everything else, and once it was quiet for a while.
  quint64 describe(const generation::Part& medium);  // a picture or a clip
  void forget(quint64 id);
  // An answer is wanted, which needs these media: what runs ends at once, unless it is about one of them, as the answer
  // then finds it done.
  void pauseFor(const std::vector<generation::Part>& needed);
  void resume();

 Q_SIGNALS:
  void examined(quint64 id, const xllm::generation::Examination& made);
  void described(quint64 id, const QString& caption);
  void failed(quint64 id, const xllm::Error& error);

 private:
  struct Job {
    quint64 id = 0;
    generation::Part medium;
    bool caption = false;
  };

  void begin();
  std::optional<RequestId> submit(const Job& job);
  void interrupt();
  void onPackChanged();
  void onFinished(quint64 request, const Finished& end);

  EngineBridge& m_bridge;
  const PackState& m_pack;
  quint64 m_lastId = 0;
  std::deque<Job> m_jobs, m_captions;
  std::optional<Job> m_running;
  std::optional<RequestId> m_request;  // of m_running, or of one that was forgotten; its end has not come yet
  bool m_again = false;                // it was interrupted
  bool m_needed = false;               // by the answer that is wanted: it is not cancelled
  QString m_words;                     // of the caption that runs
  bool m_paused = false;
  QTimer m_quiet;
  QTimer m_retry;  // the queue was full
};

}  // namespace xllm::ui
