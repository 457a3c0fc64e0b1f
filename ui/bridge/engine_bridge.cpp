#include "ui/bridge/engine_bridge.h"

#include <QMetaObject>
#include <QTimer>
#include <algorithm>
#include <filesystem>
#include <utility>

namespace xllm::ui {

namespace {

constexpr std::chrono::milliseconds kFlushInterval{33};

double secondsBetween(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

EngineBridge::EngineBridge(std::unique_ptr<generation::ChatBackend> backend, QObject* parent)
    : QObject(parent), m_timer(new QTimer(this)) {
  m_timer->setSingleShot(true);
  m_timer->setTimerType(Qt::PreciseTimer);
  connect(m_timer, &QTimer::timeout, this, &EngineBridge::flush);
  engine::EngineSink& sink = *this;
  m_engine = std::make_unique<engine::Engine>(sink, std::move(backend));
}

EngineBridge::~EngineBridge() {
  // While this object is still whole: the engine reports what it cancels before its thread ends.
  m_engine.reset();
}

std::optional<RequestId> EngineBridge::loadPack(const QString& folder) {
  return submit(engine::LoadPack{std::filesystem::path(folder.toStdU16String())});
}

std::optional<RequestId> EngineBridge::ask(generation::ChatRequest request) {
  if (!request.options.aside) {
    const std::lock_guard lock(m_mutex);
    m_pacedId = m_lastId + 1;
    m_asked = Clock::now();
    m_firstText = {};
    m_pieces = 0;
  }
  return submit(std::move(request));
}

std::optional<RequestId> EngineBridge::measure(generation::ChatRequest request) {
  return submit(engine::Measure{std::move(request)});
}

std::optional<RequestId> EngineBridge::examine(generation::Part medium) {
  return submit(engine::Examine{std::move(medium)});
}

std::optional<RequestId> EngineBridge::transcribe(generation::Sound sound) {
  return submit(engine::Transcribe{std::move(sound)});
}

std::optional<RequestId> EngineBridge::prepare(generation::ChatRequest request) {
  return submit(engine::Prepare{std::move(request)});
}

void EngineBridge::cancel(RequestId id) { m_engine->cancel(id); }

Pace EngineBridge::pace() const {
  const std::lock_guard lock(m_mutex);
  Pace pace;
  if (m_pieces == 0) return pace;
  pace.firstTextSeconds = secondsBetween(m_asked, m_firstText);
  pace.pieces = m_pieces;
  if (m_pieces > 1 && m_lastText > m_firstText)
    pace.piecesPerSecond = (m_pieces - 1) / secondsBetween(m_firstText, m_lastText);
  return pace;
}

std::optional<RequestId> EngineBridge::submit(engine::Request request) {
  const RequestId id = ++m_lastId;
  if (!m_engine->submit(id, std::move(request))) return std::nullopt;
  return id;
}

void EngineBridge::onProgress(engine::RequestId id, double fraction, std::string part) noexcept {
  const std::lock_guard lock(m_mutex);
  Event* last = m_events.empty() ? nullptr : &m_events.back();
  if (last && last->id == id && std::holds_alternative<Progress>(last->what)) {
    last->what = Progress{fraction, std::move(part)};  // only the newest is worth showing
  } else {
    m_events.push_back({id, Progress{fraction, std::move(part)}});
  }
  wakeLocked();
}

void EngineBridge::onText(engine::RequestId id, std::string text) noexcept {
  const std::lock_guard lock(m_mutex);
  if (id == m_pacedId) {
    m_lastText = Clock::now();
    if (m_pieces++ == 0) m_firstText = m_lastText;
  }
  Event* last = m_events.empty() ? nullptr : &m_events.back();
  if (auto* gathered = last && last->id == id ? std::get_if<std::string>(&last->what) : nullptr) {
    *gathered += text;
  } else {
    m_events.push_back({id, std::move(text)});
  }
  wakeLocked();
}

void EngineBridge::onFinished(engine::RequestId id, Result<Outcome> outcome) noexcept {
  const std::lock_guard lock(m_mutex);
  m_events.push_back({id, Finished{std::move(outcome)}});
  wakeLocked();
}

// One event in the GUI's queue at a time, however much the engine has to say. ~QObject discards it, so it never arrives
// at a bridge that is gone.
void EngineBridge::wakeLocked() {
  if (std::exchange(m_flushPending, true)) return;
  QMetaObject::invokeMethod(this, &EngineBridge::scheduleFlush, Qt::QueuedConnection);
}

// At once after a pause, so that a first token is not held back; else when the interval is over.
void EngineBridge::scheduleFlush() {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_lastFlush);
  if (passed >= kFlushInterval) {
    flush();
  } else if (!m_timer->isActive()) {
    m_timer->start(kFlushInterval - passed);
  }
}

void EngineBridge::flush() {
  std::vector<Event> events;
  {
    const std::lock_guard lock(m_mutex);
    events.swap(m_events);
    m_flushPending = false;
  }
  m_lastFlush = Clock::now();
  for (Event& event : events) deliver(event);
}

void EngineBridge::deliver(Event& event) {
  if (const auto* text = std::get_if<std::string>(&event.what)) {
    Q_EMIT textArrived(event.id, QString::fromStdString(*text));
  } else if (const auto* progress = std::get_if<Progress>(&event.what)) {
    Q_EMIT progressed(event.id, progress->fraction, QString::fromStdString(progress->part));
  } else {
    Q_EMIT finished(event.id, std::get<Finished>(event.what));
  }
}

}  // namespace xllm::ui
