#include "ui/training/estimate_panel.h"

#include <QEvent>
#include <QFileInfo>
#include <QJsonDocument>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QStorageInfo>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "core/base/memory_use.h"
#include "ui/bridge/attachment.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/size_text.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double kLong = 8 * 3600;  // seconds: a night

}  // namespace

std::optional<std::pair<QString, QJsonValue>> adviceFor(const Needs& needs, const Haves& haves,
                                                        const QJsonObject& config) {
  const int batch = config[u"batch"_s].toInt(16), views = config[u"viewsPerPicture"_s].toInt(1);
  if (haves.memoryBytes > 0 && needs.memoryBytes > haves.memoryBytes && batch > 1)
    return std::pair(u"batch"_s, QJsonValue(batch / 2));
  if (haves.diskBytes > 0 && needs.diskBytes > haves.diskBytes && views > 1)
    return std::pair(u"viewsPerPicture"_s, QJsonValue(1));
  const double stepping = needs.seconds - needs.prepareSeconds;
  const int steps = config[u"steps"_s].toInt(1000);
  if (needs.seconds <= kLong || stepping <= 0) return std::nullopt;
  const int fewer = static_cast<int>(steps * std::max(0.1, (kLong - needs.prepareSeconds) / stepping));
  if (fewer >= steps) return std::nullopt;
  return std::pair(u"steps"_s, QJsonValue(std::max(1, fewer)));
}

EstimatePanel::EstimatePanel(const QString& program, QString config, QWidget* parent)
    : QWidget(parent), m_file(std::move(config)), m_call(program) {
  build();
  connect(m_estimate, &QPushButton::clicked, this, [this] {
    if (!m_call.isRunning()) return Q_EMIT estimateRequested();
    m_call.cancel();
    show();
  });
  connect(m_change, &QPushButton::clicked, this, [this] {
    const auto advice = m_needs ? adviceFor(*m_needs, m_haves, m_config) : std::nullopt;
    if (!advice) return;
    m_estimate->setFocus();
    Q_EMIT adviceTaken(advice->first, advice->second);
  });
  connect(&m_call, &ProgramCall::said, this, [this](const QByteArray& line) {
    const QJsonObject said = QJsonDocument::fromJson(line).object();
    if (!said.contains(u"preparing"_s)) return;
    m_bar->setRange(0, std::max(1, said[u"total"_s].toInt()));
    m_bar->setValue(said[u"done"_s].toInt());
  });
  retranslate();
}

void EstimatePanel::build() {
  m_intro = new QLabel;
  m_result = new QLabel;
  for (QLabel* label : {m_intro, m_result}) label->setWordWrap(true);
  m_intro->setProperty("caption", true);
  m_bar = new QProgressBar;
  m_bar->setTextVisible(false);
  for (QPushButton** button : {&m_estimate, &m_change}) {
    *button = new QPushButton;
    (*button)->setProperty("quiet", true);
    (*button)->setAutoDefault(false);
  }
  m_message = new InlineMessage;
  m_message->hide();
  auto* buttons = new QWidget;
  auto* flow = new FlowLayout(buttons, 8);
  flow->addWidget(m_estimate);
  flow->addWidget(m_change);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  for (QWidget* each : std::initializer_list<QWidget*>{m_intro, m_result, m_bar, m_message, buttons})
    column->addWidget(each);
}

void EstimatePanel::run() {
  m_needs.reset();
  m_problem.clear();
  m_bar->setRange(0, 0);
  // As much as the run itself may take, for it will not run beside this.
  m_haves.memoryBytes = availableMemoryBytes();
  m_haves.diskBytes = QStorageInfo(QFileInfo(m_file).absolutePath()).bytesAvailable();
  m_call.call({u"train"_s, m_file, u"--dry-run"_s, u"--json"_s},
              [this](const ProgramCall::Outcome& outcome) { take(outcome); });
  show();
}

void EstimatePanel::take(const ProgramCall::Outcome& outcome) {
  for (const QByteArray& line : outcome.output.split('\n')) {
    const QJsonObject told = QJsonDocument::fromJson(line).object()[u"estimate"_s].toObject();
    if (told.isEmpty()) continue;
    m_needs = Needs{.seconds = told[u"seconds"_s].toDouble(),
                    .prepareSeconds = told[u"prepareSeconds"_s].toDouble(),
                    .secondsPerStep = told[u"secondsPerStep"_s].toDouble(),
                    .memoryBytes = told[u"memoryBytes"_s].toInteger(),
                    .diskBytes = told[u"featureBytes"_s].toInteger() + told[u"checkpointBytes"_s].toInteger(),
                    .examples = told[u"examples"_s].toInteger()};
  }
  if (!m_needs) m_problem = outcome.exitCode < 0 && outcome.errors.isEmpty() ? m_file : sentenceOf(outcome.errors);
  show();
}

void EstimatePanel::forget() {
  if (m_call.isRunning()) m_call.cancel();
  m_needs.reset();
  m_problem.clear();
  show();
}

QString EstimatePanel::text() const {
  if (!m_needs) return {};
  const auto both = [](const QString& needs, qint64 needed, qint64 has) {
    if (has <= 0) return needs.arg(sizeText(needed));
    return (needed > has ? tr("%1 – you have %2: too little") : tr("%1 – you have %2"))
        .arg(needs.arg(sizeText(needed)), sizeText(has));
  };
  QStringList lines;
  lines << tr("It takes about %1: %2 until every example was looked at by the frozen encoder, then %3 seconds a step.")
               .arg(durationText(m_needs->seconds), durationText(m_needs->prepareSeconds),
                    QLocale().toString(m_needs->secondsPerStep, 'g', 2));
  lines << both(tr("It needs %1 of memory"), m_needs->memoryBytes, m_haves.memoryBytes);
  lines << both(tr("It needs %1 of disk"), m_needs->diskBytes, m_haves.diskBytes);
  return lines.join(u'\n');
}

void EstimatePanel::show() {
  const bool running = m_call.isRunning();
  m_estimate->setText(running ? tr("Stop the estimate") : tr("Estimate time, memory and disk"));
  m_bar->setVisible(running);
  m_result->setText(text());
  m_result->setVisible(m_needs.has_value());
  const auto advice = m_needs ? adviceFor(*m_needs, m_haves, m_config) : std::nullopt;
  m_change->setVisible(advice.has_value());
  if (advice) {
    const QString value = QLocale().toString(advice->second.toInt());
    m_change->setText(advice->first == u"batch"_s   ? tr("Take %1 examples a step").arg(value)
                      : advice->first == u"steps"_s ? tr("Take %1 steps, which end by tomorrow").arg(value)
                                                    : tr("Keep one view of each picture"));
  }
  if (m_problem.isEmpty()) return m_message->hide();
  m_message->say(InlineMessage::Kind::Error, tr("Training cannot start like this"),
                 tr("What is wrong stands below; training would say the same."), m_problem);
}

void EstimatePanel::retranslate() {
  m_intro->setText(tr("Two steps on a few examples tell what the whole will take. Nothing is kept of them."));
  m_bar->setAccessibleName(tr("Progress of the estimate"));
  show();
}

void EstimatePanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
