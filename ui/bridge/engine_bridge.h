// Turns what the engine thread says into signals on the GUI thread, at most about 30 times a second, and hands requests
// over without ever waiting. Leaves out what the answers mean: that is ui/chat.
#pragma once

#include <QObject>
#include <QString>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/engine/engine.h"

class QTimer;

namespace xllm::ui {

using RequestId = quint64;
using engine::Outcome;

// How a request ended. (A struct of its own because Qt compares what signals carry, which Result cannot do.)
struct Finished {
  Result<Outcome> outcome;
};

// How an answer went so far, seen from the window.
struct Pace {
  double firstTextSeconds = 0;  // from ask() to the first text; 0 before it
  int pieces = 0;               // runs of text so far: about one per token
  double piecesPerSecond = 0;   // since the first text; 0 while unknown
};

class EngineBridge final : public QObject, private engine::EngineSink {
  Q_OBJECT

 public:
  explicit EngineBridge(std::unique_ptr<generation::ChatBackend> backend, QObject* parent = nullptr);
  ~EngineBridge() override;  // stops what runs and joins the engine's thread; nothing is signalled any more

  // GUI thread. Nothing: the engine's queue is full and nothing was kept.
  [[nodiscard]] std::optional<RequestId> loadPack(const QString& folder);
  [[nodiscard]] std::optional<RequestId> ask(generation::ChatRequest request);
  [[nodiscard]] std::optional<RequestId> measure(generation::ChatRequest request);  // finished() brings a Measurement
  [[nodiscard]] std::optional<RequestId> examine(generation::Part medium);
  // What was said; finished() brings a std::string. Runs at once, also between two tokens of an answer that is being
  // given. The same object in a request that follows is not encoded again.
  [[nodiscard]] std::optional<RequestId> transcribe(generation::Sound sound);
  // Computes what an answer to a request that will probably come needs before its first token; finished() brings a
  // Measurement. Waits for a running answer. cancel() it when something else is asked: what is computed stays useful.
  [[nodiscard]] std::optional<RequestId> prepare(generation::ChatRequest request);
  void cancel(RequestId id);
  Pace pace() const;  // of the newest answer that was not given aside

 Q_SIGNALS:
  void textArrived(quint64 id, const QString& text);
  void progressed(quint64 id, double fraction, const QString& part);
  void finished(quint64 id, const xllm::ui::Finished& end);  // exactly once per request taken

 private:
  using Clock = std::chrono::steady_clock;
  struct Progress {
    double fraction = 0;
    std::string part;
  };
  struct Event {
    RequestId id = 0;
    std::variant<std::string, Progress, Finished> what;
  };

  // Engine thread.
  void onProgress(engine::RequestId id, double fraction, std::string part) noexcept override;
  void onText(engine::RequestId id, std::string text) noexcept override;
  void onFinished(engine::RequestId id, Result<Outcome> outcome) noexcept override;
  void wakeLocked();

  // GUI thread.
  std::optional<RequestId> submit(engine::Request request);
  void scheduleFlush();
  void flush();
  void deliver(Event& event);

  RequestId m_lastId = 0;  // GUI thread only
  QTimer* m_timer;         // GUI thread only; paces flushes
  Clock::time_point m_lastFlush{};

  mutable std::mutex m_mutex;
  std::vector<Event> m_events;  // guarded by m_mutex, as all below
  bool m_flushPending = false;
  RequestId m_pacedId = 0;
  Clock::time_point m_asked{}, m_firstText{}, m_lastText{};
  int m_pieces = 0;

  std::unique_ptr<engine::Engine> m_engine;  // last: its thread calls into everything above
};

}  // namespace xllm::ui
