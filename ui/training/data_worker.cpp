#include "ui/training/data_worker.h"

#include <filesystem>
#include <utility>

#include "ui/widgets/attempt.h"

namespace xllm::ui {

namespace {

std::filesystem::path pathOf(const QString& name) { return {name.toStdU16String()}; }

}  // namespace

DataWorker::DataWorker(const MediaProbe& probe, QObject* parent) : QObject(parent), m_probe(probe) {
  m_pool.setMaxThreadCount(1);
}

DataWorker::~DataWorker() {
  m_stop.request_stop();
  m_pool.clear();
  m_pool.waitForDone();
}

void DataWorker::check(const DataChoice& choice) {
  m_stop.request_stop();
  m_stop = std::stop_source();
  m_running = ++m_last;
  m_pool.start([this, id = m_running, choice, stop = m_stop.get_token()] { work(id, choice, stop); });
}

void DataWorker::stop() { m_stop.request_stop(); }

void DataWorker::work(quint64 id, const DataChoice& choice, const std::stop_token& stop) {
  const auto post = [this, id](auto then) {
    QMetaObject::invokeMethod(
        this,
        [this, id, then = std::move(then)] {
          if (id == m_running) then();
        },
        Qt::QueuedConnection);
  };
  constexpr std::size_t kMostShown = 5000;  // of the first look; the report has all
  auto preview = attempt([&] { return data::previewData(pathOf(choice.source), choice.kind, kMostShown); });
  if (preview && !stop.stop_requested()) {
    post([this, examples = std::make_shared<const std::vector<data::DataExample>>(std::move(*preview))] {
      Q_EMIT previewed(examples);
    });
  }
  data::CheckOptions options;
  options.probe = &m_probe;
  options.validation = pathOf(choice.validation);
  options.validationShare = choice.validationShare;
  const auto tell = [&](data::CheckProgress now) { post([this, now] { Q_EMIT progressed(now.done, now.all); }); };
  auto checked = attempt([&] { return data::checkData(pathOf(choice.source), choice.kind, options, stop, tell); });
  if (checked) {
    post([this, report = std::make_shared<const data::DataReport>(std::move(*checked))] {
      m_running = 0;
      Q_EMIT finished(report);
    });
  } else {
    post([this, error = checked.error()] {
      m_running = 0;
      Q_EMIT failed(error);
    });
  }
}

void DataWorker::save(const Report& report, const QString& file) {
  m_pool.start([this, report, file] {
    const auto done = attempt([&] { return data::saveReport(*report, pathOf(file)); });
    const Error error = done ? Error{ErrorCode::Internal, {}} : done.error();
    QMetaObject::invokeMethod(
        this, [this, file, error] { Q_EMIT saved(file, error); }, Qt::QueuedConnection);
  });
}

void DataWorker::writeLists(const Report& report, const QString& folder) {
  m_pool.start([this, report, folder] {
    const auto lists = attempt([&] { return data::writeLists(*report, pathOf(folder)); });
    const Error error = lists ? Error{ErrorCode::Internal, {}} : lists.error();
    const data::SplitLists made = lists ? *lists : data::SplitLists{};
    QMetaObject::invokeMethod(
        this,
        [this, made, error] {
          Q_EMIT listsWritten(QString::fromStdU16String(made.training.u16string()),
                              QString::fromStdU16String(made.validation.u16string()), error);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace xllm::ui
