#include "ui/training/run_panel.h"

#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/bridge/attachment.h"
#include "ui/training/curve_panel.h"
#include "ui/training/training_run.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;
using Phase = TrainingRun::Phase;

namespace {

QPushButton* quietButton() {
  auto* button = new QPushButton;
  button->setProperty("quiet", true);
  button->setAutoDefault(false);
  return button;
}

// The same steps keep their place, and what was chosen.
void setSteps(QComboBox& box, const QList<qint64>& steps) {
  QList<qint64> shown;
  for (int i = 0; i < box.count(); ++i) shown << box.itemData(i).toLongLong();
  if (shown == steps) return;
  const bool wasLast = box.currentIndex() == box.count() - 1;
  const QVariant chosen = box.currentData();
  const QSignalBlocker quiet(box);
  box.clear();
  for (const qint64 step : steps) box.addItem(QLocale().toString(step), step);
  const int same = box.findData(chosen);
  box.setCurrentIndex(wasLast || same < 0 ? box.count() - 1 : same);
}

}  // namespace

RunPanel::RunPanel(TrainingRun& run, QWidget* parent) : QWidget(parent), m_run(run) {
  build();
  connect(m_start, &QPushButton::clicked, this, &RunPanel::startRequested);
  connect(m_pause, &QPushButton::clicked, &run, &TrainingRun::pause);
  connect(m_finish, &QPushButton::clicked, &run, &TrainingRun::finish);
  connect(m_back, &QPushButton::clicked, this, [this] {
    m_asking = true;
    showProblem();
    m_no->setFocus();
  });
  connect(m_yes, &QPushButton::clicked, this, &RunPanel::goBack);
  connect(m_no, &QPushButton::clicked, this, [this] {
    m_asking = false;
    showProblem();
    m_back->setFocus();
  });
  connect(m_samples, &QComboBox::currentIndexChanged, this, &RunPanel::showSamples);
  connect(&run, &TrainingRun::changed, this, &RunPanel::refresh);
  const auto draw = [this] {
    m_curves->setCurves(m_run.curves());
    m_curves->setVisible(!m_run.curves().training.isEmpty());
  };
  connect(&run, &TrainingRun::measured, this, draw);
  draw();
  retranslate();
}

void RunPanel::build() {
  for (QLabel** label : {&m_state, &m_figures, &m_notes, &m_samplesLabel, &m_backLabel}) {
    *label = new QLabel;
    (*label)->setWordWrap(*label != m_samplesLabel && *label != m_backLabel);
    (*label)->setTextFormat(Qt::PlainText);
  }
  m_state->setProperty("strong", true);
  for (QLabel* label : {m_figures, m_notes}) label->setProperty("caption", true);
  m_bar = new QProgressBar;
  m_bar->setTextVisible(false);
  m_message = new InlineMessage;
  m_yes = m_message->addAction({});
  m_no = m_message->addAction({});
  m_message->setDismissible(false);
  m_message->hide();
  m_start = quietButton();
  m_start->setProperty("quiet", false);
  m_start->setProperty("primary", true);
  for (QPushButton** button : {&m_pause, &m_finish, &m_back}) *button = quietButton();
  m_checkpoints = new QComboBox;
  m_samples = new QComboBox;
  m_curves = new CurvePanel;
  m_said = new QPlainTextEdit;
  m_said->setReadOnly(true);
  m_said->setTabChangesFocus(true);
  m_said->setMinimumHeight(120);
  m_said->setMaximumHeight(260);
  auto* buttons = new QWidget;
  auto* flow = new FlowLayout(buttons, 8);
  for (QWidget* each : std::initializer_list<QWidget*>{m_start, m_pause, m_finish}) flow->addWidget(each);
  auto* back = new QWidget;
  auto* backRow = new FlowLayout(back, 8);
  for (QWidget* each : std::initializer_list<QWidget*>{m_backLabel, m_checkpoints, m_back}) backRow->addWidget(each);
  auto* samples = new QWidget;
  auto* samplesRow = new FlowLayout(samples, 8);
  for (QWidget* each : std::initializer_list<QWidget*>{m_samplesLabel, m_samples}) samplesRow->addWidget(each);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  for (QWidget* each : std::initializer_list<QWidget*>{m_state, m_bar, m_figures, m_notes, m_message, buttons, m_curves,
                                                       samples, m_said, back})
    column->addWidget(each);
}

QString RunPanel::stateText() const {
  const QLocale here;
  const QString step = here.toString(m_run.step());
  switch (m_run.phase()) {
    case Phase::Reading: return tr("Looking at what is there …");
    case Phase::New: return tr("Not started");
    case Phase::Starting: return tr("Starting …");
    case Phase::Preparing: return tr("The frozen encoder looks through the data, once");
    case Phase::Running: return tr("Training: step %1 of %2").arg(step, here.toString(m_run.words().steps));
    case Phase::Stopping: return tr("Stops after this step, with a checkpoint …");
    case Phase::Paused: return tr("Paused after step %1").arg(step);
    case Phase::Finished: return tr("Finished after step %1").arg(step);
    case Phase::Failed: return tr("Ended at step %1").arg(step);
    case Phase::Lost: return tr("Interrupted after step %1").arg(step);
  }
  return {};
}

void RunPanel::refresh() {
  const Phase phase = m_run.phase();
  const bool active = m_run.isActive(), isNew = m_phase != static_cast<int>(phase);
  m_state->setText(stateText());
  const bool primaryHadFocus = m_start->hasFocus(), pauseHadFocus = m_pause->hasFocus();
  m_start->setVisible(!active);
  m_start->setEnabled(phase != Phase::Reading);
  m_start->setText(phase == Phase::Finished ? tr("Train on") : m_run.canGoOn() ? tr("Go on") : tr("Start training"));
  m_pause->setVisible(active);
  m_pause->setEnabled(active && phase != Phase::Stopping);
  m_finish->setVisible(active || (m_run.canGoOn() && phase != Phase::Finished));
  m_finish->setEnabled(phase != Phase::Stopping && !m_run.checkpoints().isEmpty());
  if (primaryHadFocus && active) m_pause->setFocus();  // the keyboard stays where one pressed
  if (pauseHadFocus && !active) m_start->setFocus();
  const RunWords& words = m_run.words();
  m_bar->setVisible(active);
  if (phase == Phase::Preparing && words.toPrepare > 0) {
    m_bar->setRange(0, static_cast<int>(words.toPrepare));
    m_bar->setValue(static_cast<int>(words.prepared));
  } else if (words.steps > 0) {
    m_bar->setRange(0, static_cast<int>(words.steps));
    m_bar->setValue(static_cast<int>(words.step));
  } else {
    m_bar->setRange(0, 0);
  }
  showFigures();
  if (isNew) m_asking = false;
  showProblem();
  offerSteps();
  if (!isNew) return;
  m_phase = static_cast<int>(phase);
  Q_EMIT phaseChanged();
}

void RunPanel::showFigures() {
  const RunWords& words = m_run.words();
  const QLocale here;
  QStringList figures;
  if (m_run.phase() == Phase::Preparing) {
    figures << tr("%1 of %2 files").arg(here.toString(words.prepared), here.toString(words.toPrepare));
  } else if (m_run.isActive() && words.step > 0) {
    figures << tr("loss %1").arg(here.toString(words.loss, 'g', 4))
            << tr("learning rate %1").arg(here.toString(words.learningRate, 'g', 3))
            << tr("%1 examples a second").arg(here.toString(words.examplesPerSecond, 'f', 1))
            << tr("%1 left").arg(durationText(std::max(0.0, words.secondsLeft)))
            << tr("%1 of memory").arg(here.formattedDataSize(words.memoryBytes, 1, QLocale::DataSizeSIFormat));
  }
  m_figures->setText(figures.join(u"  ·  "_s));
  m_figures->setVisible(!figures.isEmpty());
  m_notes->setObjectName(u"details"_s);  // the trainer's own words
  m_notes->setText(words.notes.join(u'\n'));
  m_notes->setVisible(!words.notes.isEmpty());
}

void RunPanel::showProblem() {
  // Said once: it is read out, and may be in the middle of being read.
  const QString what = QString::number(static_cast<int>(m_run.phase())) + (m_asking ? u"?"_s : u""_s) +
                       (m_run.isActive() ? QString() : m_run.errors());
  if (what == m_problem) return;
  m_problem = what;
  m_yes->setVisible(m_asking);
  m_no->setVisible(m_asking);
  if (m_asking) {
    const QString step = QLocale().toString(m_checkpoints->currentData().toLongLong());
    return m_message->say(
        InlineMessage::Kind::Error, tr("Go back to step %1?").arg(step),
        tr("Checkpoints, curves and samples that came later are deleted. Training goes on from there."));
  }
  switch (m_run.phase()) {
    case Phase::Failed: {
      const bool noProgram = m_run.refusal() == TrainingRun::Refusal::NoProgram;
      const bool noFolder = m_run.refusal() == TrainingRun::Refusal::NoFolder;
      const QString details = m_run.words().end ? m_run.words().end->sentence : m_run.errors();
      return m_message->say(InlineMessage::Kind::Error, tr("Training ended"),
                            noProgram  ? tr("The program xllm was not found beside this one. Install it again.")
                            : noFolder ? tr("The run's folder cannot be written. Make room, or check its permissions.")
                            : m_run.canGoOn()
                                ? tr("The reason stands below. The last checkpoint is whole: correct it and go on.")
                                : tr("The reason stands below. Correct it and start again."),
                            noProgram  ? m_run.program()
                            : noFolder ? m_run.folder()
                                       : details);
    }
    case Phase::Lost:
      return m_message->say(InlineMessage::Kind::Notice, tr("Training was interrupted"),
                            m_run.canGoOn()
                                ? tr("The process was ended from outside, or the computer lost power. Nothing "
                                     "is lost up to the last checkpoint: go on, and the result is the same.")
                                : tr("The process was ended from outside, or the computer lost power, before "
                                     "the first checkpoint. Start again."),
                            m_run.errors());
    default: m_message->hide();
  }
}

void RunPanel::offerSteps() {
  const bool active = m_run.isActive();
  setSteps(*m_checkpoints, m_run.checkpoints());
  const bool canGoBack = !active && !m_run.checkpoints().isEmpty();
  for (QWidget* each : std::initializer_list<QWidget*>{m_back, m_checkpoints, m_backLabel}) each->setVisible(canGoBack);
  const auto count = m_samples->count();
  setSteps(*m_samples, m_run.samples());
  const bool some = !m_run.samples().isEmpty();
  for (QWidget* each : std::initializer_list<QWidget*>{m_samplesLabel, m_samples, m_said}) each->setVisible(some);
  if (some && count != m_samples->count()) showSamples();
}

void RunPanel::showSamples() {
  const qint64 step = m_samples->currentData().toLongLong();
  onWorker(
      this, [folder = m_run.folder(), step] { return readSamples(folder, step); },
      [this, step](const QString& text) {
        if (step == m_samples->currentData().toLongLong()) m_said->setPlainText(text);
      });
}

void RunPanel::goBack() {
  m_asking = false;
  m_run.startFrom(m_checkpoints->currentData().toLongLong());
}

void RunPanel::retranslate() {
  m_pause->setText(tr("Pause"));
  m_pause->setToolTip(tr("After this step, with a checkpoint. It can go on at any time, also after a restart."));
  m_finish->setText(tr("Finish now"));
  m_finish->setToolTip(tr("Stop, and take what was learned so far as the result."));
  m_back->setText(tr("Go back …"));
  m_yes->setText(tr("Go back"));
  m_no->setText(tr("Leave it"));
  m_backLabel->setText(tr("Go back to the checkpoint of step"));
  m_samplesLabel->setText(tr("What it says of examples it does not learn from, beside what is right, at step"));
  m_samplesLabel->setWordWrap(true);
  m_checkpoints->setAccessibleName(tr("Checkpoint to go back to"));
  m_samples->setAccessibleName(tr("Step of the samples"));
  m_said->setAccessibleName(tr("Samples"));
  m_bar->setAccessibleName(tr("Progress of the training"));
  m_problem.clear();
  refresh();
}

void RunPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
