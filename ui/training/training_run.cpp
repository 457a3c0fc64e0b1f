#include "ui/training/training_run.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QProcessEnvironment>
#include <QThread>
#include <algorithm>
#include <utility>

#include "core/base/other_process.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLookEveryMs = 200;

void append(Series& to, const Series& more) {
  to.steps.insert(to.steps.end(), more.steps.begin(), more.steps.end());
  to.values.insert(to.values.end(), more.values.begin(), more.values.end());
}

void append(QMap<QString, Series>& to, const QMap<QString, Series>& more) {
  for (auto each = more.begin(); each != more.end(); ++each) append(to[each.key()], *each);
}

}  // namespace

TrainingRun::TrainingRun(QString program, QString config, QString folder, QObject* parent)
    : QObject(parent), m_program(std::move(program)), m_config(std::move(config)), m_folder(std::move(folder)) {
  connect(&m_timer, &QTimer::timeout, this, &TrainingRun::look);
  m_timer.start(kLookEveryMs);
  look();
}

bool TrainingRun::isActive() const {
  return m_phase == Phase::Starting || m_phase == Phase::Preparing || m_phase == Phase::Running ||
         m_phase == Phase::Stopping;
}

qint64 TrainingRun::step() const {
  qint64 step = m_checkpoints.isEmpty() ? 0 : m_checkpoints.last();
  if (const auto loss = m_curves.training.find(u"loss"_s); loss != m_curves.training.end() && !loss->isEmpty())
    step = std::max(step, static_cast<qint64>(loss->steps.back()));
  return isActive() ? std::max(step, m_words.step) : step;
}

void TrainingRun::start() { launch(m_checkpoints.isEmpty() ? QStringList() : QStringList{u"--resume"_s}); }

void TrainingRun::startFrom(qint64 step) { launch({u"--from-step"_s, QString::number(step)}); }

void TrainingRun::launch(const QStringList& more) {
  if (isActive() || m_phase == Phase::Reading) return;
  m_refusal = Refusal::None;
  if (!QDir().mkpath(m_folder) || !markFinished(m_folder, false)) m_refusal = Refusal::NoFolder;
  QProcess process;
  process.setProgram(m_program);
  process.setArguments(QStringList{u"train"_s, m_config, u"--json"_s} + more);
  process.setWorkingDirectory(QFileInfo(m_config).absolutePath());
  process.setStandardInputFile(QProcess::nullDevice());
  process.setStandardOutputFile(wordsFile(m_folder), QIODevice::Truncate);
  process.setStandardErrorFile(errorsFile(m_folder), QIODevice::Append);
  // Another number of threads would give other last bits: the run keeps the one that it began with.
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  const int threads = m_threads > 0 ? m_threads : QThread::idealThreadCount();
  if (m_threads > 0 || !environment.contains(u"OMP_NUM_THREADS"_s))
    environment.insert(u"OMP_NUM_THREADS"_s, QString::number(threads));
  process.setProcessEnvironment(environment);
  m_words = {};
  m_stopping = m_asked = false;
  ++m_starts;
  if (m_refusal == Refusal::None && !process.startDetached(&m_launched)) m_refusal = Refusal::NoProgram;
  if (m_refusal == Refusal::None) noteLaunched(m_folder, m_launched);
  m_phase = m_refusal == Refusal::None ? Phase::Starting : Phase::Failed;
  m_cursor.words = 0;
  Q_EMIT changed();
}

void TrainingRun::pause() {
  if (!isActive() || m_stopping) return;
  m_stopping = true;
  m_phase = Phase::Stopping;
  askToStop();
  Q_EMIT changed();
}

// Once, for a second time would end it on the spot; and not before it has its folder, for until then it dies of it.
void TrainingRun::askToStop() {
  if (m_asked || m_process <= 0) return;
  m_asked = true;
  interruptProcess(m_process);
}

void TrainingRun::finish() {
  if (m_checkpoints.isEmpty() && !isActive()) return;
  markFinished(m_folder, true);
  isActive() ? pause() : look();
}

void TrainingRun::look() {
  if (std::exchange(m_looking, true)) return;
  onWorker(
      this, [folder = m_folder, from = m_cursor] { return readRun(folder, from); },
      [this, start = m_starts](const Result<RunReading>& reading) {
        m_looking = false;
        if (reading && start == m_starts) take(*reading);
      });
}

void TrainingRun::take(const RunReading& reading) {
  const bool hadCurves = !m_curves.training.isEmpty() || !m_curves.validation.isEmpty();
  m_cursor = reading.cursor;
  if (reading.freshCurves) m_curves = {};
  append(m_curves.training, reading.curves.training);
  append(m_curves.validation, reading.curves.validation);
  if (reading.freshWords) m_words = {};
  for (const QByteArray& line : reading.words) m_words.take(line);
  m_process = reading.process;
  m_launched = m_words.end ? 0 : reading.launched;
  if (reading.threads > 0) m_threads = reading.threads;
  const Phase phase = phaseOf(reading);
  const bool isNew = phase != m_phase || !reading.words.isEmpty() || reading.checkpoints != m_checkpoints ||
                     reading.samples != m_samples || reading.errors != m_errors;
  m_phase = phase;
  if (!isActive()) m_stopping = false;
  if (m_stopping) askToStop();
  m_checkpoints = reading.checkpoints;
  m_samples = reading.samples;
  m_errors = reading.errors;
  const bool hasCurves = !reading.curves.training.isEmpty() || !reading.curves.validation.isEmpty();
  if (hasCurves || (reading.freshCurves && hadCurves)) Q_EMIT measured();
  if (isNew) Q_EMIT changed();
}

TrainingRun::Phase TrainingRun::phaseOf(const RunReading& reading) const {
  if (m_process > 0 || m_launched > 0) {
    if (m_stopping) return Phase::Stopping;
    if (m_words.step > 0) return Phase::Running;
    return m_words.preparing.isEmpty() ? Phase::Starting : Phase::Preparing;
  }
  if (m_refusal != Refusal::None) return Phase::Failed;
  const bool begun = !reading.checkpoints.isEmpty();
  if (isMarkedFinished(m_folder) && begun) return Phase::Finished;
  if (m_words.end) {
    switch (m_words.end->kind) {
      case RunEnd::Kind::Finished: return Phase::Finished;
      case RunEnd::Kind::Failed: return Phase::Failed;
      case RunEnd::Kind::Stopped: break;
    }
    return begun ? Phase::Paused : Phase::New;
  }
  if (reading.cursor.wordsFile != 0) return Phase::Lost;
  return begun ? Phase::Paused : Phase::New;
}

}  // namespace xllm::ui
