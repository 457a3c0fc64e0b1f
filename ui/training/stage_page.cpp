#include "ui/training/stage_page.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/training/config_panel.h"
#include "ui/training/curve_panel.h"
#include "ui/training/estimate_panel.h"
#include "ui/training/run_panel.h"
#include "ui/training/stage_picture.h"
#include "ui/training/training_run.h"
#include "ui/widgets/inline_message.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

QString titleOf(Stage stage) {
  switch (stage) {
    case Stage::Converting: return QCoreApplication::translate("xllm::ui::StagePage", "Stage 1: converting");
    case Stage::Aligning: return QCoreApplication::translate("xllm::ui::StagePage", "Stage 2: aligning");
    case Stage::Integrating: break;
  }
  return QCoreApplication::translate("xllm::ui::StagePage", "Stage 3: integrating");
}

QString textOf(Sense sense) {
  switch (sense) {
    case Sense::Pictures: return QCoreApplication::translate("xllm::ui::StagePage", "Pictures");
    case Sense::Clips: return QCoreApplication::translate("xllm::ui::StagePage", "Clips");
    case Sense::Speech: break;
  }
  return QCoreApplication::translate("xllm::ui::StagePage", "Speech");
}

QString textOf(const PlannedRun& run) {
  return run.sense ? textOf(*run.sense) : QCoreApplication::translate("xllm::ui::StagePage", "All of it together");
}

StagePage::StagePage(const Training& training, Stage stage, const QString& program, QWidget* parent)
    : QWidget(parent), m_training(training), m_stage(stage), m_manifest(readManifest(training.pack)) {
  m_title = new QLabel;
  m_title->setProperty("textSize", u"title"_s);
  m_words = new QLabel;
  for (QLabel* label : {m_title, m_words}) label->setWordWrap(true);
  m_picture = new StagePicture(training.teach, stage);
  m_message = new InlineMessage;
  m_message->hide();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(12);
  for (QWidget* each : std::initializer_list<QWidget*>{m_title, m_words, m_picture, m_message}) column->addWidget(each);
  const QList<PlannedRun> plans = plannedRuns(training.teach, stage);
  m_sections.reserve(static_cast<std::size_t>(plans.size()));
  for (const PlannedRun& plan : plans) addSection(plan, *column, program);
  column->addStretch();
  retranslate();
  refresh(training);
}

StagePage::~StagePage() {
  for (Section& section : m_sections) delete section.panel;  // they refer to the runs
}

void StagePage::addSection(const PlannedRun& plan, QVBoxLayout& column, const QString& program) {
  Section made{.plan = plan};
  const QString file = plan.configFile(m_training);
  made.run = new TrainingRun(program, file, plan.runFolder(m_training), this);
  made.title = new QLabel;
  made.title->setProperty("strong", true);
  made.title->setVisible(plannedRuns(m_training.teach, m_stage).size() > 1);
  made.config = new ConfigPanel(file, program);
  made.estimate = new EstimatePanel(program, file);
  made.panel = new RunPanel(*made.run);
  for (QWidget* each : std::initializer_list<QWidget*>{made.title, made.config, made.estimate, made.panel})
    column.addWidget(each);
  m_sections.push_back(made);
  Section& section = m_sections.back();  // there is room for all: it stays where it is
  connect(section.config, &ConfigPanel::edited, this, [&section] {
    section.estimate->setConfig(section.config->config());
    section.estimate->forget();
  });
  connect(section.estimate, &EstimatePanel::estimateRequested, this, [this, &section] {
    if (write(section)) section.estimate->run();
  });
  connect(section.estimate, &EstimatePanel::adviceTaken, this,
          [this, &section](const QString& key, const QJsonValue& to) {
            section.config->set(key, to);
            if (write(section)) section.estimate->run();
          });
  connect(section.panel, &RunPanel::startRequested, this, [this, &section] { start(section); });
  connect(section.panel, &RunPanel::phaseChanged, this, [this, &section] {
    section.config->setEnabled(!section.run->isActive());
    section.estimate->setVisible(!section.run->isActive() && section.run->checkpoints().isEmpty());
    Q_EMIT phaseChanged();
  });
}

void StagePage::refresh(const Training& training) {
  m_training = training;
  for (Section& section : m_sections) {
    section.config->setSuggestion(suggestedConfig(section.plan, m_training, m_manifest));
    section.estimate->setConfig(section.config->config());
  }
}

void StagePage::setOthers(const QList<std::pair<QString, QString>>& runs) {
  for (Section& section : m_sections) {
    auto others = runs;
    others.removeIf([&](const auto& other) { return other.second == section.run->folder(); });
    section.panel->curves().setOthers(others);
  }
}

bool StagePage::isActive() const {
  for (const Section& section : m_sections) {
    if (section.run->isActive()) return true;
  }
  return false;
}

bool StagePage::write(Section& section) {
  m_message->hide();
  const QJsonObject config = section.config->config();
  for (const QString& list : {u"train"_s, u"validation"_s}) {
    const QString name = config[list].toString();
    if (!name.startsWith(u"lists/"_s) || QFile::exists(m_training.folder + u'/' + name)) continue;
    m_message->say(InlineMessage::Kind::Error, tr("There is no data yet"),
                   tr("Choose it on the page before: lists for training are made of it there."), name);
    return false;
  }
  if (section.run->checkpoints().isEmpty()) {
    const QJsonObject whole = withStartingPoints(config, section.plan, m_training, m_manifest);
    for (auto each = whole.begin(); each != whole.end(); ++each) section.config->set(each.key(), each.value());
  }
  return section.config->save();
}

void StagePage::start(Section& section) {
  section.estimate->forget();
  if (write(section)) section.run->start();
}

QString StagePage::words() const {
  switch (m_stage) {
    case Stage::Converting:
      return m_training.teach == Teach::Clips
                 ? tr("Clips need no stage of their own here: they are looked at through what the pack already learned "
                      "of pictures. Go on to stage 2.")
                 : tr("What is seen and heard is converted into words of a foreign language. The interface between the "
                      "frozen encoder and the language model learns to keep what your texts speak of. The encoder and "
                      "the language model stay as they are.");
    case Stage::Aligning:
      return tr(
          "That foreign language is aligned with the language model's own: the interface learns to speak so that "
          "the language model, which stays frozen, says what your texts say. It begins with the result of stage "
          "1.");
    case Stage::Integrating: break;
  }
  return tr(
      "Everything is brought together in conversations. Only the adapters and the queries learn, with small steps; "
      "all else stays as stage 2 left it. The conversations are made of your data, or are your own.");
}

void StagePage::retranslate() {
  m_title->setText(titleOf(m_stage));
  m_words->setText(words());
  for (Section& section : m_sections) {
    section.title->setText(textOf(section.plan));
    for (QPushButton* button : {&section.panel->startButton(), &section.config->allButton(),
                                &section.config->copyButton(), &section.estimate->estimateButton()})
      button->setAccessibleDescription(textOf(section.plan));  // there may be several of each
  }
}

void StagePage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
