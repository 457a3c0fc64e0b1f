#include "ui/training/data_page.h"

#include <QCheckBox>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTabWidget>
#include <algorithm>
#include <cmath>

#include "ui/bridge/attachment.h"
#include "ui/training/data_preview.h"
#include "ui/training/findings_view.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

QLabel* newLabel(QWidget* parent, const char* property = nullptr) {
  auto* label = new QLabel(parent);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  if (property != nullptr) label->setProperty(property, true);
  return label;
}

// In itself, without a country, which Qt adds to some.
QString nameOfLanguage(const std::string& code) {
  if (code == "en") return u"English"_s;
  if (code == "zh") return u"中文"_s;
  return QLocale(QString::fromStdString(code)).nativeLanguageName();
}

bool hasErrors(const data::DataReport& report) {
  return std::ranges::any_of(report.findings,
                             [](const data::Finding& f) { return f.severity == data::Severity::Error; });
}

}  // namespace

DataPage::DataPage(const MediaProbe& probe, QWidget* parent)
    : QWidget(parent), m_preview(new DataPreview(probe)), m_findings(new FindingsView), m_worker(probe) {
  build();
  connectAll();
  retranslate();
}

void DataPage::buildChoices() {
  m_intro = newLabel(this, "caption");
  m_sourceLabel = newLabel(this, "strong");
  m_validationLabel = newLabel(this, "strong");
  for (QLineEdit** field : {&m_source, &m_validation}) {
    *field = new QLineEdit(this);
    (*field)->setReadOnly(true);
  }
  m_sourceLabel->setBuddy(m_source);
  m_validationLabel->setBuddy(m_validation);
  for (QPushButton** button : {&m_chooseFolder, &m_chooseList, &m_chooseValidation, &m_useShare, &m_check, &m_save}) {
    *button = new QPushButton(this);
    (*button)->setProperty("quiet", true);
    (*button)->setAutoDefault(false);
  }
}

void DataPage::build() {
  buildChoices();
  m_message = new InlineMessage(this);
  m_message->hide();
  m_progressText = newLabel(this, "caption");
  m_progress = new QProgressBar(this);
  m_progress->setTextVisible(false);
  m_facts = newLabel(this);
  m_split = newLabel(this);
  m_skip = new QCheckBox(this);
  m_tabs = new QTabWidget(this);
  m_tabs->setDocumentMode(true);
  m_tabs->addTab(m_preview, {});
  m_tabs->addTab(m_findings, {});
  const auto flowOf = [](std::initializer_list<QWidget*> widgets) {
    auto* flow = new FlowLayout(nullptr, 8);
    for (QWidget* widget : widgets) flow->addWidget(widget);
    return flow;
  };
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(m_intro);
  column->addWidget(m_sourceLabel);
  column->addWidget(m_source);
  column->addLayout(flowOf({m_chooseFolder, m_chooseList}));
  column->addWidget(m_validationLabel);
  column->addWidget(m_validation);
  column->addLayout(flowOf({m_chooseValidation, m_useShare}));
  column->addWidget(m_message);
  column->addWidget(m_progressText);
  column->addWidget(m_progress);
  column->addWidget(m_facts);
  column->addWidget(m_split);
  column->addWidget(m_tabs, 1);
  column->addWidget(m_skip);
  column->addLayout(flowOf({m_check, m_save}));
}

void DataPage::connectAll() {
  connect(m_chooseFolder, &QPushButton::clicked, this, [this] { choose(true, false); });
  connect(m_chooseList, &QPushButton::clicked, this, [this] { choose(false, false); });
  connect(m_chooseValidation, &QPushButton::clicked, this, [this] { choose(false, true); });
  connect(m_useShare, &QPushButton::clicked, this, [this] { setValidation({}); });
  connect(m_check, &QPushButton::clicked, this, [this] { m_worker.isBusy() ? m_worker.stop() : look(); });
  connect(m_save, &QPushButton::clicked, this, &DataPage::chooseReport);
  connect(m_skip, &QCheckBox::toggled, this, [this](bool skip) {
    refresh();
    Q_EMIT skipWrongRowsChanged(skip);
  });
  connect(m_message, &InlineMessage::dismissed, this, [this] { m_words = {}; });
  connect(m_findings, &FindingsView::rowActivated, this, [this](const QString& where) {
    m_tabs->setCurrentWidget(m_preview);
    if (!m_preview->showRow(where)) m_tabs->setCurrentWidget(m_findings);  // of a row that is no example
  });
  connect(&m_worker, &DataWorker::previewed, this,
          [this](const DataWorker::Examples& examples) { m_preview->setExamples(examples); });
  connect(&m_worker, &DataWorker::progressed, this, [this](qint64 done, qint64 all) {
    m_done = done;
    m_all = all;
    refresh();
  });
  connect(&m_worker, &DataWorker::finished, this, &DataPage::takeReport);
  connect(&m_worker, &DataWorker::failed, this, [this](const Error& error) { say(error, Failed::Reading); });
  connect(&m_worker, &DataWorker::listsWritten, this,
          [this](const QString& training, const QString& validation, const Error& error) {
            if (!error.message.empty()) return say(error, Failed::Lists);
            Q_EMIT listsWritten(training, validation);
          });
  connect(&m_worker, &DataWorker::saved, this, [this](const QString& file, const Error& error) {
    if (!error.message.empty()) return say(error, Failed::Saving);
    m_words = [this, file] { m_message->say(InlineMessage::Kind::Notice, tr("The report was saved"), file); };
    m_words();
  });
}

void DataPage::writeLists(const QString& folder) {
  if (m_report) m_worker.writeLists(m_report, folder);
}

void DataPage::setPlayback(Playback* playback) { m_preview->setPlayback(playback); }

void DataPage::setSource(const QString& path, data::DataKind kind) {
  m_choice.source = path;
  m_choice.kind = kind;
  m_preview->setExamples({});
  look();
  Q_EMIT sourceChanged();
}

void DataPage::setValidation(const QString& path) {
  m_choice.validation = path;
  look();
  Q_EMIT sourceChanged();
}

void DataPage::setSkipWrongRows(bool skip) { m_skip->setChecked(skip); }

bool DataPage::skipWrongRows() const { return m_skip->isChecked(); }

void DataPage::look() {
  m_report.reset();
  m_words = {};
  m_message->hide();
  m_done = m_all = 0;
  m_findings->setReport({});
  if (!m_choice.source.isEmpty()) m_worker.check(m_choice);
  retranslate();
}

void DataPage::takeReport(const DataWorker::Report& report) {
  m_report = report;
  m_preview->setReport(report);
  m_findings->setReport(report);
  if (hasErrors(*report)) m_tabs->setCurrentWidget(m_findings);
  retranslate();
  Q_EMIT checked(*report);
}

void DataPage::say(const Error& error, Failed what) {
  retranslate();
  if (error.code == ErrorCode::Cancelled) return;
  m_words = [this, error, what] {
    const QString details = QString::fromStdString(error.message);
    const bool full = error.code == ErrorCode::DiskFull;
    const QString room = tr("Choose another folder, or make room on the disk.");
    switch (what) {
      case Failed::Reading:
        return m_message->say(InlineMessage::Kind::Error, tr("This data cannot be read"),
                              error.code == ErrorCode::NotFound
                                  ? tr("It is not there any more. Choose it again.")
                                  : tr("Choose a list or a folder in a form that is read."),
                              details);
      case Failed::Saving:
        return m_message->say(InlineMessage::Kind::Error, tr("The report was not saved"), room, details);
      case Failed::Lists:
        return m_message->say(InlineMessage::Kind::Error, tr("The lists were not written"),
                              full ? room : tr("Training and validation need at least one usable example each."),
                              details);
    }
  };
  m_words();
}

void DataPage::choose(bool folder, bool validation) {
  auto* dialog = new QFileDialog(this, validation ? tr("Choose a list for validation") : tr("Choose training data"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::ExistingFile);
  if (folder) {
    dialog->setOption(QFileDialog::ShowDirsOnly);
  } else {
    dialog->setNameFilters({tr("Lists") + u" (*.csv *.tsv *.json *.jsonl *.txt)"_s, tr("All files") + u" (*)"_s});
  }
  connect(dialog, &QFileDialog::fileSelected, this, [this, validation](const QString& path) {
    validation ? setValidation(path) : setSource(path, m_choice.kind);
  });
  dialog->open();
}

void DataPage::chooseReport() {
  const QFileInfo source(m_choice.source);
  auto* dialog = new QFileDialog(this, tr("Save the report"), source.absolutePath());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters({tr("Text") + u" (*.txt)"_s, u"JSON (*.json)"_s});
  dialog->setDefaultSuffix(u"txt"_s);
  dialog->selectFile(source.completeBaseName() + u"-report.txt"_s);
  connect(dialog, &QFileDialog::fileSelected, this, &DataPage::saveReport);
  dialog->open();
}

void DataPage::saveReport(const QString& file) {
  if (m_report) m_worker.save(m_report, file);
}

QString DataPage::formName() const {
  const std::string& form = m_report->form;
  if (form.empty()) return u"—"_s;
  if (form == "table") return tr("table");
  if (form == "folder") return tr("folder");
  if (form == "JSON lines") return tr("JSON, one line each");
  if (form == "JSON list") return tr("JSON, one list");
  return QString::fromStdString(form);  // a name: COCO, Kaldi, …
}

QString DataPage::languages() const {
  constexpr std::size_t kMostNamed = 3;
  QStringList names;
  for (const data::LanguageShare& share : m_report->languages) {
    if (share.language.size() != 2) continue;  // a script, or too short to tell
    if (names.size() == kMostNamed) return names.join(u", "_s) + u", …"_s;
    names << nameOfLanguage(share.language);
  }
  return names.join(u", "_s);
}

QString DataPage::facts() const {
  if (!m_report) return {};
  const data::DataReport& report = *m_report;
  const auto number = [this](std::int64_t value) { return locale().toString(static_cast<qlonglong>(value)); };
  QStringList parts{tr("Form: %1").arg(formName()),
                    tr("examples: %1, of which usable: %2").arg(number(report.examples), number(report.usable)),
                    tr("files: %1").arg(number(report.files))};
  if (report.wrongRows > 0) parts << tr("wrong rows: %1").arg(number(report.wrongRows));
  if (report.seconds > 0) parts << tr("length: %1").arg(durationText(report.seconds));
  for (const data::Measure& measure : report.measures) {
    if (measure.of != "words") continue;
    parts << tr("words in a text: %1 to %2, most often about %3")
                 .arg(number(std::llround(measure.least)), number(std::llround(measure.most)),
                      number(std::llround(measure.median)));
  }
  if (const QString found = languages(); !found.isEmpty()) parts << tr("languages: %1").arg(found);
  return parts.join(u" · "_s);
}

QString DataPage::splitFacts() const {
  if (!m_report) return {};
  const data::SplitFigures& split = m_report->split;
  const auto number = [this](std::int64_t value) { return locale().toString(static_cast<qlonglong>(value)); };
  const QString sides =
      tr("For training: %1, for validation: %2").arg(number(split.training), number(split.validation));
  if (split.share <= 0) return sides + tr(" (a list of its own)");
  return sides + tr(" (%1 %, always the same examples: seed %2)")
                     .arg(locale().toString(split.share * 100, 'g', 3), number(static_cast<std::int64_t>(split.seed)));
}

void DataPage::refresh() {
  const bool busy = m_worker.isBusy();
  m_progress->setVisible(busy);
  m_progressText->setVisible(busy);
  m_progress->setRange(0, static_cast<int>(std::min<qint64>(m_all, 1'000'000'000)));
  m_progress->setValue(static_cast<int>(std::min<qint64>(m_done, 1'000'000'000)));
  m_progressText->setText(
      m_all == 0 ? tr("Reading the list …")
                 : tr("Looking at every file: %1 of %2").arg(locale().toString(m_done), locale().toString(m_all)));
  m_facts->setText(facts());
  m_split->setText(splitFacts());
  m_facts->setVisible(m_report != nullptr);
  m_split->setVisible(m_report != nullptr);
  const bool wrong = m_report && hasErrors(*m_report);
  m_skip->setVisible(wrong || m_skip->isChecked());
  m_check->setEnabled(!m_choice.source.isEmpty());
  m_check->setText(busy ? tr("Stop") : tr("Check again"));
  m_save->setEnabled(m_report != nullptr);
  m_useShare->setEnabled(!m_choice.validation.isEmpty());
  m_tabs->setTabText(
      1, m_report ? tr("What was found (%1)").arg(locale().toString(static_cast<qulonglong>(m_report->findings.size())))
                  : tr("What was found"));
}

void DataPage::retranslateChoices() {
  switch (m_choice.kind) {
    case data::DataKind::Pictures:
      m_intro->setText(
          tr("Pictures with captions: a folder in which each picture has a text of the same name, or a "
             "list (CSV, JSON, COCO, LLaVA)."));
      break;
    case data::DataKind::Clips:
      m_intro->setText(
          tr("Clips with captions: a folder in which each clip has a text of the same name, or a list "
             "(CSV, JSON, MSR-VTT)."));
      break;
    case data::DataKind::Recordings:
      m_intro->setText(
          tr("Recordings with their words: a folder in which each recording has a text of the same name, "
             "a folder of Kaldi, LJSpeech or Common Voice, or a list (CSV, JSON)."));
      break;
    case data::DataKind::Conversations:
      m_intro->setText(tr("Conversations about pictures, recordings and clips: a list in JSON (turns, or LLaVA's)."));
      break;
  }
  m_sourceLabel->setText(tr("Training data"));
  m_validationLabel->setText(tr("Kept for validation"));
  m_source->setText(m_choice.source);
  m_validation->setText(m_choice.validation);
  m_source->setPlaceholderText(tr("Nothing is chosen yet"));
  m_validation->setPlaceholderText(tr("A tenth of the data, always the same examples"));
  m_source->setAccessibleName(m_sourceLabel->text());
  m_validation->setAccessibleName(m_validationLabel->text());
  m_chooseFolder->setText(tr("Choose a folder …"));
  m_chooseFolder->setVisible(m_choice.kind != data::DataKind::Conversations);
  m_chooseList->setText(tr("Choose a list …"));
  m_chooseValidation->setText(tr("Choose a list for validation …"));
  m_useShare->setText(tr("Keep a tenth"));
}

void DataPage::retranslate() {
  retranslateChoices();
  m_tabs->setTabText(0, tr("Examples"));
  m_skip->setText(tr("Leave wrong rows out"));
  m_save->setText(tr("Save the report …"));
  refresh();
  if (m_words) m_words();
}

void DataPage::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

}  // namespace xllm::ui
