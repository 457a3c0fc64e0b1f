#include "ui/training/training_window.h"

#include <QComboBox>
#include <QDir>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <utility>

#include "ui/training/data_look.h"
#include "ui/training/data_step.h"
#include "ui/training/result_page.h"
#include "ui/training/run_panel.h"
#include "ui/training/stage_page.h"
#include "ui/training/teach_page.h"
#include "ui/training/training_run.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kTeach = 0, kData = 1, kFirstStage = 2, kResult = 5;

}  // namespace

TrainingWindow::TrainingWindow(TrainingPlaces places, QWidget* parent) : QDialog(parent), m_places(std::move(places)) {
  build();
  connect(m_previous, &QPushButton::clicked, this, [this] { showPage(page() - 1); });
  connect(m_next, &QPushButton::clicked, this, [this] { showPage(page() + 1); });
  connect(m_close, &QPushButton::clicked, this, &QWidget::close);
  connect(m_path, &QComboBox::activated, this, &TrainingWindow::showPage);
  connect(m_teach, &TeachPage::opened, this, &TrainingWindow::open);
  setMinimumSize(400, 400);
  resize(QSize(820, 900).boundedTo(screen()->availableSize() * 9 / 10));
  retranslate();
}

TrainingWindow::~TrainingWindow() { dropTraining(); }

void TrainingWindow::build() {
  m_where = new QLabel;
  m_where->setProperty("caption", true);
  m_where->setTextFormat(Qt::PlainText);
  m_where->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_path = new QComboBox;
  m_pages = new QStackedWidget;
  m_teach = new TeachPage(m_places.trainings);
  addPage(m_teach);
  for (QPushButton** button : {&m_previous, &m_next, &m_close}) {
    *button = new QPushButton;
    (*button)->setProperty("quiet", true);
    (*button)->setAutoDefault(false);
  }
  auto* head = new QHBoxLayout;
  head->addWidget(m_where, 1);
  head->addWidget(m_path);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_previous);
  buttons->addWidget(m_next);
  buttons->addStretch();
  buttons->addWidget(m_close);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(20, 16, 20, 16);
  column->setSpacing(12);
  column->addLayout(head);
  column->addWidget(m_pages, 1);
  column->addLayout(buttons);
}

void TrainingWindow::addPage(QWidget* page) {
  auto* area = new QScrollArea;
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setFocusPolicy(Qt::NoFocus);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  page->setContentsMargins(0, 0, 10, 0);
  area->setWidget(page);
  area->viewport()->setAutoFillBackground(false);
  page->setAutoFillBackground(false);
  m_pages->addWidget(area);
}

void TrainingWindow::setPack(const QString& folder, const QString& name) { m_teach->setPack(folder, name); }

void TrainingWindow::setPlayback(Playback* playback) {
  m_playback = playback;
  for (DataLook* look : std::as_const(m_looks)) look->setPlayback(playback);
}

void TrainingWindow::addLooks(const Training& training) {
  if (!m_places.probe) return;
  QStringList kinds;
  for (const Sense sense : sensesOf(training.teach)) kinds << nameOf(sense);
  for (const QString& kind : kinds << u"conversations"_s) {
    auto* look = new DataLook(*m_data, kind, *m_places.probe);
    look->setPlayback(m_playback);
    m_data->below(kind).addWidget(look);
    m_looks << look;
  }
  m_data->setUnusable([this, kinds](const QString& kind) {
    const qsizetype place = kinds.indexOf(kind);
    return place < 0 ? std::set<std::string>() : m_looks[place]->unusable();
  });
}

void TrainingWindow::dropTraining() {
  m_data = nullptr;
  m_looks.clear();
  m_stages.clear();
  m_result = nullptr;
  while (m_pages->count() > 1) {
    QWidget* last = m_pages->widget(m_pages->count() - 1);
    m_pages->removeWidget(last);
    delete last;
  }
}

void TrainingWindow::open(const Training& training) {
  dropTraining();
  m_name = training.name;
  m_data = new DataStep(training);
  addLooks(training);
  addPage(m_data);
  connect(m_data, &DataStep::prepared, this, [this] {
    refreshPage();
    m_next->setFocus();
  });
  for (const Stage stage : {Stage::Converting, Stage::Aligning, Stage::Integrating}) {
    auto* page = new StagePage(training, stage, m_places.program);
    addPage(page);
    m_stages << page;
    connect(page, &StagePage::phaseChanged, this, &TrainingWindow::showPath);
  }
  m_result = new ResultPage(training, m_places.program, m_places.packs);
  addPage(m_result);
  connect(m_result, &ResultPage::chatRequested, this, &TrainingWindow::chatRequested);
  connect(m_result, &ResultPage::packMade, this, &TrainingWindow::packMade);
  int wanted = m_data->hasLists() ? kFirstStage : kData;
  for (const PlannedRun& run : plannedRuns(training.teach)) {  // the last that was begun
    if (QDir(run.runFolder(training)).exists(u"metrics.jsonl"_s))
      wanted = kFirstStage + static_cast<int>(run.stage) - 1;
  }
  showPage(wanted);
}

StagePage* TrainingWindow::stage(Stage stage) const { return m_stages.value(static_cast<int>(stage) - 1); }

int TrainingWindow::page() const { return m_pages->currentIndex(); }

void TrainingWindow::showPage(int page) {
  if (page < 0 || page >= m_pages->count()) return showPath();
  m_pages->setCurrentIndex(page);
  refreshPage();
  toTop();
}

void TrainingWindow::toTop() {
  auto* area = qobject_cast<QScrollArea*>(m_pages->currentWidget());
  if (area) area->verticalScrollBar()->setValue(0);
}

void TrainingWindow::refreshPage() {
  const int now = page();
  if (now == kTeach) m_teach->list();
  if (now == kResult && m_result) m_result->refresh();
  if (now >= kFirstStage && now < kResult) {
    StagePage* shown = m_stages[now - kFirstStage];
    shown->refresh(m_data->training());
    onWorker(
        this, [folder = m_places.trainings] { return findRuns(folder); },
        [this, now](const QList<std::pair<QString, QString>>& runs) {
          if (now == page() && now - kFirstStage < m_stages.size()) m_stages[now - kFirstStage]->setOthers(runs);
        });
  }
  showPath();
}

// Where one is, and what waits or runs where.
void TrainingWindow::showPath() {
  const QSignalBlocker quiet(m_path);
  const QString names[] = {tr("What to teach"),         tr("Data"),
                           titleOf(Stage::Converting),  titleOf(Stage::Aligning),
                           titleOf(Stage::Integrating), tr("Afterwards")};
  if (m_path->count() != m_pages->count()) {
    m_path->clear();
    for (int i = 0; i < m_pages->count(); ++i) m_path->addItem(QString());
  }
  for (int i = 0; i < m_pages->count(); ++i) {
    const int stage = i - kFirstStage;
    const bool active = stage >= 0 && stage < m_stages.size() && m_stages[stage]->isActive();
    m_path->setItemText(i, active ? tr("%1 – running").arg(names[i]) : names[i]);
  }
  m_path->setCurrentIndex(page());
  m_path->setVisible(m_pages->count() > 1);
  m_where->setText(page() == kTeach ? QString() : m_name);
  m_previous->setEnabled(page() > 0);
  m_next->setEnabled(page() + 1 < m_pages->count() && (page() != kData || m_data->hasLists()));
}

void TrainingWindow::retranslate() {
  setWindowTitle(tr("Training"));
  m_previous->setText(tr("Back"));
  m_next->setText(tr("Next"));
  m_close->setText(tr("Close"));
  m_close->setToolTip(tr("What runs goes on, and is found here again."));
  m_path->setAccessibleName(tr("Page"));
  showPath();
}

void TrainingWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QDialog::changeEvent(event);
}

void TrainingWindow::showEvent(QShowEvent* event) {
  QDialog::showEvent(event);
  refreshPage();
}

}  // namespace xllm::ui
