#include "ui/training/data_look.h"

#include <QCheckBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/training/data_page.h"
#include "ui/training/data_step.h"

namespace xllm::ui {

DataLook::DataLook(DataStep& step, const QString& kind, const MediaProbe& probe)
    : m_step(step), m_kind(kind), m_probe(probe), m_open(new QPushButton), m_found(new QLabel) {
  m_open->setProperty("quiet", true);
  m_open->setAutoDefault(false);
  m_open->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  m_found->setProperty("caption", true);
  m_found->setWordWrap(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_open);
  column->addWidget(m_found);
  connect(m_open, &QPushButton::clicked, this, &DataLook::open);
  connect(&step.sourceEdit(kind), &QLineEdit::textChanged, this, &DataLook::refresh);
  refresh();
}

DataLook::~DataLook() { delete m_dialog; }

void DataLook::setPlayback(Playback* playback) {
  m_playback = playback;
  if (m_page) m_page->setPlayback(playback);
}

void DataLook::open() {
  if (!m_dialog) {
    m_dialog = new QDialog(window());
    m_page = new DataPage(m_probe, m_dialog);
    m_page->setPlayback(m_playback);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, m_dialog, &QDialog::reject);
    auto* column = new QVBoxLayout(m_dialog);
    column->addWidget(m_page);
    column->addWidget(buttons);
    m_dialog->resize(820, 720);
    connect(m_page, &DataPage::checked, this, &DataLook::refresh);
    connect(m_page, &DataPage::skipWrongRowsChanged, &m_step.skipBox(), &QCheckBox::setChecked);
    connect(&m_step.skipBox(), &QCheckBox::toggled, m_page, &DataPage::setSkipWrongRows);
    connect(m_page, &DataPage::sourceChanged, this, [this] {
      m_step.sourceEdit(m_kind).setText(m_page->source());
      refresh();
    });
    m_page->setSkipWrongRows(m_step.skipBox().isChecked());
    refresh();
  }
  const QString source = m_step.sourceEdit(m_kind).text().trimmed();
  if (source != m_page->source()) m_page->setSource(source, DataStep::dataKind(m_kind));
  m_dialog->show();
  m_dialog->raise();
  m_dialog->activateWindow();
}

std::shared_ptr<const data::DataReport> DataLook::report() const {
  if (!m_page || m_page->source() != m_step.sourceEdit(m_kind).text().trimmed()) return nullptr;
  return m_page->report();
}

QString DataLook::found() const {
  const auto report = this->report();
  if (!report) return {};
  const QLocale here;
  return tr("Checked: %1 of %2 examples can be used; remarks: %3")
      .arg(here.toString(static_cast<qlonglong>(report->usable)),
           here.toString(static_cast<qlonglong>(report->examples + report->wrongRows)),
           here.toString(static_cast<qlonglong>(report->findings.size())));
}

std::set<std::string> DataLook::unusable() const {
  std::set<std::string> rows;
  if (const auto report = this->report()) {
    for (const data::DataExample& example : report->all) {
      if (!example.usable) rows.insert(example.where);
    }
  }
  return rows;
}

void DataLook::refresh() {
  m_open->setText(tr("Look at it and check it …"));
  m_open->setAccessibleDescription(m_step.sourceEdit(m_kind).accessibleName());
  m_open->setEnabled(!m_step.sourceEdit(m_kind).text().trimmed().isEmpty());
  m_found->setText(found());
  m_found->setVisible(!m_found->text().isEmpty());
  if (m_dialog) m_dialog->setWindowTitle(tr("Training data"));
}

void DataLook::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) refresh();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
