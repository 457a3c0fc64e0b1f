#include "ui/training/config_panel.h"

#include <QClipboard>
#include <QDir>
#include <QEvent>
#include <QFile>
#include <QFontDatabase>
#include <QFormLayout>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTimer>
#include <QVBoxLayout>
#include <utility>

#include "ui/training/training_plan.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostSteps = 10'000'000, kMostBatch = 4096;
constexpr int kGatherMs = 400;

QString quoted(const QString& word) {
  QString inside = word;
  return u'\'' + inside.replace(u'\'', u"'\\''"_s) + u'\'';
}

}  // namespace

ConfigPanel::ConfigPanel(QString file, QString program, QWidget* parent)
    : QWidget(parent), m_file(std::move(file)), m_program(std::move(program)), m_soon(new QTimer(this)) {
  build();
  m_soon->setSingleShot(true);
  m_soon->setInterval(kGatherMs);
  connect(m_soon, &QTimer::timeout, this, &ConfigPanel::write);
  connect(m_steps, &QSpinBox::valueChanged, this, [this](int steps) { set(u"steps"_s, steps); });
  connect(m_batch, &QSpinBox::valueChanged, this, [this](int batch) { set(u"batch"_s, batch); });
  connect(m_rate, &QLineEdit::editingFinished, this, &ConfigPanel::takeRate);
  connect(m_text, &QPlainTextEdit::textChanged, this, &ConfigPanel::takeText);
  connect(m_all, &QPushButton::toggled, this, [this](bool on) {
    m_text->setVisible(on);
    m_hint->setVisible(on);
    m_reset->setVisible(on);
  });
  connect(m_copy, &QPushButton::clicked, this, [this] {
    if (!save()) return;
    QGuiApplication::clipboard()->setText(command());
    m_message->say(InlineMessage::Kind::Notice, tr("The command was copied"),
                   tr("It does in a shell what the button does here, with the same result."), command());
  });
  connect(m_reset, &QPushButton::clicked, this, [this] {
    m_config = m_suggestion;
    show();
    changed();
  });
  retranslate();
  read();
}

ConfigPanel::~ConfigPanel() { flush(); }

void ConfigPanel::build() {
  for (QLabel** label : {&m_stepsLabel, &m_batchLabel, &m_rateLabel, &m_hint}) *label = new QLabel;
  m_steps = new QSpinBox;
  m_steps->setRange(1, kMostSteps);
  m_batch = new QSpinBox;
  m_batch->setRange(1, kMostBatch);
  m_rate = new QLineEdit;
  m_rate->setMaximumWidth(160);
  for (QPushButton** button : {&m_all, &m_copy, &m_reset}) {
    *button = new QPushButton;
    (*button)->setProperty("quiet", true);
    (*button)->setAutoDefault(false);
  }
  m_all->setCheckable(true);
  m_text = new QPlainTextEdit;
  m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  m_text->setTabChangesFocus(true);
  m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
  m_text->setMinimumHeight(240);
  m_hint->setProperty("caption", true);
  m_hint->setWordWrap(true);
  m_message = new InlineMessage;
  m_message->hide();
  auto* fields = new QFormLayout;
  fields->setRowWrapPolicy(QFormLayout::WrapLongRows);
  fields->addRow(m_stepsLabel, m_steps);
  fields->addRow(m_batchLabel, m_batch);
  fields->addRow(m_rateLabel, m_rate);
  m_stepsLabel->setBuddy(m_steps);
  m_batchLabel->setBuddy(m_batch);
  m_rateLabel->setBuddy(m_rate);
  auto* buttons = new QWidget;
  auto* flow = new FlowLayout(buttons, 8);
  for (QPushButton* button : {m_all, m_copy, m_reset}) flow->addWidget(button);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(fields);
  column->addWidget(buttons);
  column->addWidget(m_hint);
  column->addWidget(m_text);
  column->addWidget(m_message);
  for (QWidget* each : std::initializer_list<QWidget*>{m_text, m_hint, m_reset}) each->hide();
}

void ConfigPanel::setSuggestion(const QJsonObject& config) {
  m_suggestion = config;
  flush();
  if (isSaved()) return read();
  m_config = config;
  show();
}

bool ConfigPanel::isSaved() const { return QFile::exists(m_file); }

void ConfigPanel::read() {
  QFile file(m_file);
  if (!file.open(QIODevice::ReadOnly)) return;
  const QJsonDocument document = QJsonDocument::fromJson(file.readAll());
  if (document.isObject()) m_config = document.object();
  show();
}

void ConfigPanel::set(const QString& key, const QJsonValue& value) {
  if (m_config.value(key) == value) return;
  m_config[key] = value;
  show();
  changed();
}

// In the file a moment later: not for every letter that is typed.
void ConfigPanel::changed() {
  m_soon->start();
  Q_EMIT edited();
}

void ConfigPanel::flush() {
  if (m_soon->isActive()) write();
}

void ConfigPanel::show() {
  const QSignalBlocker quietSteps(m_steps), quietBatch(m_batch), quietText(m_text);
  m_steps->setValue(m_config.value(u"steps"_s).toInt(1000));
  m_batch->setValue(m_config.value(u"batch"_s).toInt(16));
  m_rate->setText(QString::number(m_config.value(u"learningRate"_s).toDouble(5e-4), 'g', 6));
  const QString text = QString::fromUtf8(configText(m_config));
  if (m_text->toPlainText() != text) m_text->setPlainText(text);
  if (m_broken) m_message->hide();
  m_broken = false;
}

void ConfigPanel::takeRate() {
  bool fine = false;
  const double rate = m_rate->text().trimmed().toDouble(&fine);
  if (fine && rate >= 0 && rate <= 1) return set(u"learningRate"_s, rate);
  m_message->say(InlineMessage::Kind::Error, tr("The learning rate is no number from 0 to 1"),
                 tr("It was left as it was. Write it like 0.0003 or 3e-4."));
  m_rate->setText(QString::number(m_config.value(u"learningRate"_s).toDouble(), 'g', 6));
}

void ConfigPanel::takeText() {
  QJsonParseError problem;
  const QJsonDocument document = QJsonDocument::fromJson(m_text->toPlainText().toUtf8(), &problem);
  m_broken = !document.isObject();
  if (m_broken) {
    return m_message->say(InlineMessage::Kind::Error, tr("This is no JSON object"),
                          tr("The settings are used again when it is one."), problem.errorString());
  }
  m_message->hide();
  m_config = document.object();
  const QSignalBlocker quietSteps(m_steps), quietBatch(m_batch);
  m_steps->setValue(m_config.value(u"steps"_s).toInt(1000));
  m_batch->setValue(m_config.value(u"batch"_s).toInt(16));
  m_rate->setText(QString::number(m_config.value(u"learningRate"_s).toDouble(5e-4), 'g', 6));
  changed();
}

bool ConfigPanel::save() {
  if (m_broken) {
    m_text->setVisible(true);
    m_text->setFocus();
    return false;
  }
  return write();
}

bool ConfigPanel::write() {
  m_soon->stop();
  const QByteArray text = configText(m_config);
  QFile there(m_file);
  if (there.open(QIODevice::ReadOnly) && there.readAll() == text) return true;
  QSaveFile file(m_file);
  if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit()) return true;
  m_message->say(InlineMessage::Kind::Error, tr("The config cannot be written"),
                 tr("Make room on the disk, or check the folder's permissions."),
                 m_file + u": "_s + file.errorString());
  return false;
}

QString ConfigPanel::command() const { return quoted(m_program) + u" train "_s + quoted(m_file); }

void ConfigPanel::retranslate() {
  m_stepsLabel->setText(tr("Steps"));
  m_batchLabel->setText(tr("Examples a step"));
  m_rateLabel->setText(tr("Learning rate"));
  m_steps->setAccessibleName(tr("Steps"));
  m_batch->setAccessibleName(tr("Examples a step"));
  m_rate->setAccessibleName(tr("Learning rate"));
  m_all->setText(tr("All settings"));
  m_copy->setText(tr("Copy as a command"));
  m_reset->setText(tr("Back to what is suggested"));
  m_text->setAccessibleName(tr("The config, as it stands in its file"));
  m_hint->setText(tr("This is the very file that training reads. docs/training.md explains each key."));
}

void ConfigPanel::hideEvent(QHideEvent* event) {
  flush();
  QWidget::hideEvent(event);
}

void ConfigPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
