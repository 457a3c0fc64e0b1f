#include "ui/models/pack_worker.h"

#include <QMetaObject>
#include <chrono>
#include <utility>

#include "ui/widgets/attempt.h"

namespace xllm::ui {

namespace {

constexpr std::chrono::milliseconds kProgressInterval{50};

template <typename Value>
std::optional<Error> errorOf(const Result<Value>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

}  // namespace

PackWorker::PackWorker(const PackShelf& shelf, QObject* parent) : QObject(parent), m_shelf(shelf) {
  m_pool.setMaxThreadCount(1);
}

PackWorker::~PackWorker() {
  cancel();
  m_pool.waitForDone();
}

void PackWorker::list() {
  m_pool.start([this] {
    const auto found = attempt([this] { return std::pair(m_shelf.packs(), m_shelf.machine()); });
    QMetaObject::invokeMethod(
        this,
        [this, found] {
          if (!found) return Q_EMIT listFailed(QString::fromStdString(found.error().message));
          Q_EMIT listed(found->first, found->second);
        },
        Qt::QueuedConnection);
  });
}

void PackWorker::install(const QString& from) {
  begin(from, [this, from](const std::stop_token& stop, const PackProgress& progress) {
    const auto folder = attempt([&] { return m_shelf.install(from, stop, progress); });
    return PackOutcome{PackOutcome::Job::Install, folder.value_or(from), errorOf(folder)};
  });
}

void PackWorker::verify(const QString& folder) {
  begin(folder, [this, folder](const std::stop_token& stop, const PackProgress& progress) {
    const auto done = attempt([&] { return m_shelf.verify(folder, stop, progress); });
    return PackOutcome{PackOutcome::Job::Verify, folder, errorOf(done)};
  });
}

void PackWorker::remove(const QString& folder) {
  begin(folder, [this, folder](const std::stop_token&, const PackProgress&) {
    return PackOutcome{PackOutcome::Job::Remove, folder, errorOf(attempt([&] { return m_shelf.remove(folder); }))};
  });
}

void PackWorker::cancel() { m_stop.request_stop(); }

void PackWorker::begin(const QString& folder, std::function<PackOutcome(std::stop_token, const PackProgress&)> work) {
  if (std::exchange(m_busy, true)) return;
  m_folder = folder;
  m_stop = std::stop_source();
  m_pool.start([this, work = std::move(work), stop = m_stop.get_token()] {
    auto last = std::chrono::steady_clock::time_point();
    const PackProgress progress = [this, &last](double fraction, const QString& file) {
      const auto now = std::chrono::steady_clock::now();
      if (now - last < kProgressInterval) return;
      last = now;
      QMetaObject::invokeMethod(
          this, [this, fraction, file] { Q_EMIT progressed(fraction, file); }, Qt::QueuedConnection);
    };
    const PackOutcome outcome = work(stop, progress);
    QMetaObject::invokeMethod(
        this,
        [this, outcome] {
          m_busy = false;
          Q_EMIT finished(outcome);
        },
        Qt::QueuedConnection);
  });
  Q_EMIT begun();
}

}  // namespace xllm::ui
