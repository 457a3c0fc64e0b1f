#include "ui/models/examiner.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace xllm::ui {

namespace {

constexpr std::chrono::milliseconds kQuiet{1500};  // a caption begins only where nobody is about to ask something
constexpr std::chrono::milliseconds kRetry{200};
constexpr int kCaptionTokens = 40;

}  // namespace

Examiner::Examiner(EngineBridge& bridge, const PackState& pack, QObject* parent)
    : QObject(parent), m_bridge(bridge), m_pack(pack) {
  for (QTimer* timer : {&m_quiet, &m_retry}) {
    timer->setSingleShot(true);
    connect(timer, &QTimer::timeout, this, &Examiner::begin);
  }
  m_quiet.setInterval(kQuiet);
  m_retry.setInterval(kRetry);
  connect(&bridge, &EngineBridge::finished, this, &Examiner::onFinished);
  connect(&bridge, &EngineBridge::textArrived, this, [this](quint64 request, const QString& text) {
    if (m_request == request) m_words += text;
  });
  connect(&pack, &PackState::changed, this, &Examiner::onPackChanged);
}

quint64 Examiner::examine(const generation::Part& medium, Urgency urgency) {
  Job job{++m_lastId, medium};
  urgency == Urgency::Next ? m_jobs.push_front(std::move(job)) : m_jobs.push_back(std::move(job));
  if (m_running && m_running->caption) interrupt();
  begin();
  return m_lastId;
}

quint64 Examiner::describe(const generation::Part& medium) {
  m_captions.push_back({++m_lastId, medium, true});
  m_quiet.start();
  return m_lastId;
}

void Examiner::forget(quint64 id) {
  for (std::deque<Job>* jobs : {&m_jobs, &m_captions}) {
    std::erase_if(*jobs, [id](const Job& job) { return job.id == id; });
  }
  if (!m_running || m_running->id != id) return;
  m_running.reset();
  if (!m_needed) m_bridge.cancel(*m_request);
}

void Examiner::pauseFor(const std::vector<generation::Part>& needed) {
  m_paused = true;
  m_needed = m_running && !m_running->caption && std::ranges::find(needed, m_running->medium) != needed.end();
  if (!m_needed) interrupt();
}

void Examiner::resume() {
  m_paused = false;
  m_quiet.start();
  begin();
}

// The engine learns at once that it must end; its end arrives later, and only then is the next one asked.
void Examiner::interrupt() {
  if (!m_request) return;
  m_again = m_running.has_value();
  m_bridge.cancel(*m_request);
}

void Examiner::onPackChanged() {
  if (m_pack.phase() == PackState::Phase::Ready) {
    begin();
  } else {
    interrupt();  // another pack is waited for
  }
}

void Examiner::begin() {
  if (m_request || m_paused || m_pack.phase() != PackState::Phase::Ready) return;
  std::deque<Job>& jobs = m_jobs.empty() ? m_captions : m_jobs;
  if (jobs.empty() || (jobs.front().caption && m_quiet.isActive())) return;
  m_request = submit(jobs.front());
  if (!m_request) return m_retry.start();
  m_running = std::move(jobs.front());
  jobs.pop_front();
  m_again = m_needed = false;
  m_words.clear();
}

std::optional<RequestId> Examiner::submit(const Job& job) {
  if (!job.caption) return m_bridge.examine(job.medium);
  // A picture without words is asked the pack's own question.
  generation::ChatRequest request{.turns = {{generation::Role::User, {job.medium}}}, .options = {}};
  request.options.sampling.temperature = 0;
  request.options.maxNewTokens = kCaptionTokens;
  request.options.aside = true;
  return m_bridge.ask(std::move(request));
}

void Examiner::onFinished(quint64 request, const Finished& end) {
  if (m_request != request) return;
  m_request.reset();
  if (auto job = std::exchange(m_running, std::nullopt)) {
    if (!end.outcome && end.outcome.error().code == ErrorCode::Cancelled && m_again) {
      const bool caption = job->caption;
      (caption ? m_captions : m_jobs).push_front(std::move(*job));
    } else if (!end.outcome) {
      Q_EMIT failed(job->id, end.outcome.error());
    } else if (job->caption) {
      Q_EMIT described(job->id, m_words.simplified());
    } else {
      Q_EMIT examined(job->id, std::get<generation::Examination>(*end.outcome));
    }
  }
  begin();
}

}  // namespace xllm::ui
