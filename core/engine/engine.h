// Runs requests one at a time on its own thread; what is short and waits for nothing runs between two tokens of an
// answer. Leaves model code to core/generation and threads of the GUI to ui/bridge. Training is not here: it is the
// process `xllm train`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>

#include "core/base/bounded_queue.h"
#include "core/base/result.h"
#include "core/generation/chat_backend.h"
#include "core/generation/chat_request.h"

namespace xllm::engine {

using RequestId = std::uint64_t;  // the caller's choice; must not be in flight already

// What a finished request leaves behind, by kind of request.
using Outcome = std::variant<generation::PackSummary, generation::Summary, generation::Measurement,
                             std::string /* transcript */, generation::Examination>;

// What the engine has to say. Called on the engine thread; implementations return at once and never throw.
class EngineSink {
 public:
  virtual ~EngineSink() = default;
  virtual void onProgress(RequestId id, double fraction, std::string part) noexcept = 0;  // while a pack loads
  virtual void onText(RequestId id, std::string text) noexcept = 0;                       // whole UTF-8 characters
  virtual void onFinished(RequestId id, Result<Outcome> outcome) noexcept = 0;  // exactly once per accepted request
};

struct LoadPack {
  std::filesystem::path folder;
};
struct Transcribe {  // the one request that runs within a running answer, and before what waits
  generation::Sound sound;
};
struct Measure {
  generation::ChatRequest chat;
};
struct Examine {
  generation::Part medium;
};
struct Prepare {
  generation::ChatRequest chat;
};
using Request = std::variant<LoadPack, generation::ChatRequest, Transcribe, Measure, Examine, Prepare>;

class Engine {
 public:
  // `sink` outlives the engine. The backend lives and dies on the engine thread.
  Engine(EngineSink& sink, std::unique_ptr<generation::ChatBackend> backend);
  ~Engine();  // cancels what runs and what waits, reports each as Cancelled, joins
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Any thread. false: the queue is full, or `id` is already in flight; nothing was kept.
  [[nodiscard]] bool submit(RequestId id, Request request);
  void cancel(RequestId id);  // finished or unknown ids are fine

 private:
  struct Job {
    RequestId id = 0;
    Request request;
    std::stop_token stop;
  };
  void run(std::stop_token stop);
  void finish(const Job& job);
  Result<Outcome> perform(const Job& job);

  static constexpr std::size_t kQueueCapacity = 4;  // of each lane

  EngineSink& m_sink;
  std::unique_ptr<generation::ChatBackend> m_backend;
  BoundedQueue<Job> m_jobs{kQueueCapacity};
  std::mutex m_mutex;
  std::map<RequestId, std::stop_source> m_inFlight;  // guarded by m_mutex
  std::jthread m_thread;                             // last: starts after, stops before everything above
};

}  // namespace xllm::engine
