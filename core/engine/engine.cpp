#include "core/engine/engine.h"

#include <exception>
#include <utility>

#include "core/base/caught.h"

namespace xllm::engine {

namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

template <typename T>
Result<Outcome> widen(Result<T> result) {
  if (!result) return tl::unexpected<Error>(std::move(result.error()));
  return Outcome(std::move(*result));
}

}  // namespace

Engine::Engine(EngineSink& sink, std::unique_ptr<generation::ChatBackend> backend)
    : m_sink(sink), m_backend(std::move(backend)), m_thread([this](std::stop_token stop) { run(std::move(stop)); }) {}

Engine::~Engine() {
  // The thread first learns that it must end, so that no job which is popped from now on does heavy work.
  m_thread.request_stop();
  const std::lock_guard lock(m_mutex);
  for (auto& [id, source] : m_inFlight) source.request_stop();
}

bool Engine::submit(RequestId id, Request request) {
  const std::lock_guard lock(m_mutex);
  const auto [entry, isNew] = m_inFlight.try_emplace(id);
  if (!isNew) return false;
  const Lane lane = std::holds_alternative<Transcribe>(request) ? Lane::Urgent : Lane::Usual;
  if (m_jobs.tryPush(Job{id, std::move(request), entry->second.get_token()}, lane)) return true;
  m_inFlight.erase(entry);
  return false;
}

void Engine::cancel(RequestId id) {
  const std::lock_guard lock(m_mutex);
  if (const auto entry = m_inFlight.find(id); entry != m_inFlight.end()) entry->second.request_stop();
}

void Engine::run(std::stop_token stop) {
  m_backend->setInterlude([this] {
    while (const auto urgent = m_jobs.tryPopUrgent()) finish(*urgent);
  });
  while (const auto job = m_jobs.pop(stop)) finish(*job);
  m_backend.reset();  // on the thread that used it
}

void Engine::finish(const Job& job) {
  Result<Outcome> outcome =
      job.stop.stop_requested() ? fail(ErrorCode::Cancelled, "Stopped before it began.") : perform(job);
  {
    const std::lock_guard lock(m_mutex);  // the id is free again before the sink hears that it is done
    m_inFlight.erase(job.id);
  }
  m_sink.onFinished(job.id, std::move(outcome));
}

// The one door through which exceptions of core/ leave: as an Error.
Result<Outcome> Engine::perform(const Job& job) try {
  const auto onText = [&](std::string text) { m_sink.onText(job.id, std::move(text)); };
  const auto onProgress = [&](double fraction, const std::string& part) { m_sink.onProgress(job.id, fraction, part); };
  return std::visit(
      Overloaded{
          [&](const LoadPack& load) { return widen(m_backend->load(load.folder, job.stop, onProgress)); },
          [&](const generation::ChatRequest& chat) { return widen(m_backend->answer(chat, job.stop, onText)); },
          [&](const Measure& ask) { return widen(m_backend->measure(ask.chat, job.stop)); },
          [&](const Transcribe& ask) { return widen(m_backend->transcribe(ask.sound, job.stop)); },
          [&](const Examine& ask) { return widen(m_backend->examine(ask.medium, job.stop)); },
          [&](const Prepare& ask) { return widen(m_backend->prepare(ask.chat, job.stop)); },
      },
      job.request);
} catch (const std::exception& problem) {
  return tl::unexpected(errorOf(problem));
}

}  // namespace xllm::engine
