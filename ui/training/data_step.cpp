#include "ui/training/data_step.h"

#include <QCheckBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QEvent>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QVBoxLayout>
#include <utility>

#include "core/data/own_lists.h"
#include "ui/training/stage_page.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/inline_message.h"
#include "ui/widgets/on_worker.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

namespace {

const QString kConversations = QStringLiteral("conversations");

QStringList kindsOf(Teach teach) {
  QStringList kinds;
  for (const Sense sense : sensesOf(teach)) kinds << nameOf(sense);
  return kinds << kConversations;
}

// What the starter was asked, too; a person's own pack may speak another language.
std::string askedOf(const QString& kind, const QJsonObject& manifest) {
  const QString own = manifest[u"interfaces"_s].toObject()[kind].toObject()[u"defaultQuestion"_s].toString();
  if (!own.isEmpty()) return own.toStdString();
  if (kind == nameOf(Sense::Clips)) return "What happens in this clip?";
  return kind == nameOf(Sense::Speech) ? "Write down faithfully what is said." : "What is in this picture?";
}

std::filesystem::path pathOf(const QString& text) { return std::filesystem::path(text.toStdU16String()); }

qint64 linesIn(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll().count('\n') : 0;
}

}  // namespace

data::DataKind DataStep::dataKind(const QString& kind) {
  if (kind == nameOf(Sense::Pictures)) return data::DataKind::Pictures;
  if (kind == nameOf(Sense::Clips)) return data::DataKind::Clips;
  return kind == nameOf(Sense::Speech) ? data::DataKind::Recordings : data::DataKind::Conversations;
}

DataStep::DataStep(const Training& training, QWidget* parent) : QWidget(parent), m_training(training) {
  build();
  connect(m_prepare, &QPushButton::clicked, this, &DataStep::prepare);
  connect(m_skip, &QCheckBox::toggled, this, [this](bool on) { m_training.skipWrongRows = on; });
  m_skip->setChecked(training.skipWrongRows);
  for (const Source& source : m_sources) {
    source.path->setText(training.sources[source.kind]);
    const QString list = training.listFile(source.kind + u"-train"_s);
    if (QFile::exists(list))  // from before
      m_told << Count{source.kind, linesIn(list), linesIn(training.listFile(source.kind + u"-validation"_s))};
  }
  setAcceptDrops(true);
  retranslate();
}

void DataStep::build() {
  for (QLabel** label : {&m_title, &m_words, &m_result}) {
    *label = new QLabel;
    (*label)->setWordWrap(true);
  }
  m_title->setProperty("textSize", u"title"_s);
  m_skip = new QCheckBox;
  m_bar = new QProgressBar;
  m_bar->setTextVisible(false);
  m_bar->setRange(0, 0);
  m_prepare = new QPushButton;
  m_prepare->setProperty("primary", true);
  m_prepare->setAutoDefault(false);
  m_prepare->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  m_message = new InlineMessage;
  m_message->hide();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(10);
  column->addWidget(m_title);
  column->addWidget(m_words);
  for (const QString& kind : kindsOf(m_training.teach)) addSource(kind, *column);
  for (QWidget* each : std::initializer_list<QWidget*>{m_skip, m_message, m_bar, m_prepare, m_result})
    column->addWidget(each);
  column->addStretch();
}

void DataStep::addSource(const QString& kind, QVBoxLayout& column) {
  Source made{kind, new QLabel, new QLabel, new QLineEdit, new QPushButton, new QPushButton, new QVBoxLayout};
  made.title->setProperty("strong", true);
  made.title->setBuddy(made.path);
  made.hint->setProperty("caption", true);
  made.hint->setWordWrap(true);
  auto* buttons = new QWidget;
  auto* flow = new FlowLayout(buttons, 8);
  for (QPushButton* button : {made.folder, made.file}) {
    button->setProperty("quiet", true);
    button->setAutoDefault(false);
    flow->addWidget(button);
  }
  connect(made.folder, &QPushButton::clicked, this, [this, kind] { choose(kind, true); });
  connect(made.file, &QPushButton::clicked, this, [this, kind] { choose(kind, false); });
  connect(made.path, &QLineEdit::editingFinished, this,
          [this, kind] { take(kind, sourceEdit(kind).text().trimmed()); });
  for (QWidget* each : std::initializer_list<QWidget*>{made.title, made.hint, made.path, buttons})
    column.addWidget(each);
  made.folder->setVisible(kind != kConversations);
  column.addLayout(made.below);
  m_sources.push_back(made);
}

const DataStep::Source& DataStep::source(const QString& kind) const {
  for (const Source& each : m_sources) {
    if (each.kind == kind) return each;
  }
  return m_sources.front();
}

QLineEdit& DataStep::sourceEdit(const QString& kind) const { return *source(kind).path; }
QPushButton& DataStep::folderButton(const QString& kind) const { return *source(kind).folder; }
QVBoxLayout& DataStep::below(const QString& kind) const { return *source(kind).below; }

void DataStep::choose(const QString& kind, bool folder) {
  auto* dialog = new QFileDialog(this, folder ? tr("Choose the folder of your data") : tr("Choose a list of your data"),
                                 QFileInfo(sourceEdit(kind).text()).absolutePath());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::ExistingFile);
  if (folder) dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, [this, kind](const QString& path) {
    sourceEdit(kind).setText(path);
    take(kind, path);
  });
  dialog->open();
}

void DataStep::take(const QString& kind, const QString& path) { m_training.sources[kind] = path; }

void DataStep::prepare() {
  if (m_working) return;
  for (const Source& each : m_sources) take(each.kind, each.path->text().trimmed());
  m_problem.clear();
  for (const Sense sense : sensesOf(m_training.teach)) {
    QLineEdit& path = sourceEdit(nameOf(sense));
    if (!path.text().trimmed().isEmpty()) continue;
    m_message->say(InlineMessage::Kind::Error, tr("There is no data yet"),
                   tr("Say where it lies: choose its folder or its list, or drop it here."));
    path.setFocus();
    return;
  }
  m_working = true;
  m_told.clear();
  show();
  LeftOut leftOut;
  if (m_training.skipWrongRows && m_unusable) {
    for (const Source& each : m_sources) leftOut[each.kind] = m_unusable(each.kind);
  }
  onWorker(
      this, [training = m_training, leftOut] { return make(training, leftOut); },
      [this](const Result<Made>& made) {
        m_working = false;
        if (made) m_told = made->counts;
        m_problem = made ? made->error : QString::fromStdString(made.error().message);
        show();
        if (m_problem.isEmpty()) Q_EMIT prepared();
      });
}

// On a worker.
DataStep::Made DataStep::make(const Training& training, const LeftOut& leftOut) {
  Made made;
  const QString folder = training.folder + u"/lists"_s;
  if (!saveTraining(training)) return {{}, QString(training.folder + u" cannot be written. Check the free space."_s)};
  const QJsonObject manifest = readManifest(training.pack);
  QStringList kinds;
  for (const QString& kind : kindsOf(training.teach)) {
    const QString source = training.sources[kind];
    if (source.isEmpty()) continue;
    const auto lists = data::writeOwnLists(pathOf(source), dataKind(kind),
                                           {.validationShare = training.validationShare,
                                            .seed = static_cast<std::uint64_t>(training.seed),
                                            .skipWrongRows = training.skipWrongRows,
                                            .leaveOut = leftOut[kind],
                                            .ask = askedOf(kind, manifest)},
                                           pathOf(folder));
    if (!lists) return {{}, QString::fromStdString(lists.error().message)};
    made.counts << Count{kind, lists->training, lists->validation};
    kinds << kind;
  }
  // Stage 3 learns from all of them.
  for (const QString& part : {u"train"_s, u"validation"_s}) {
    QSaveFile all(training.listFile(u"talk-"_s + part));
    bool fine = all.open(QIODevice::WriteOnly);
    for (const QString& kind : std::as_const(kinds)) {
      QFile own(training.listFile(kind + u"-talk-"_s + part));
      fine = fine && own.open(QIODevice::ReadOnly) && all.write(own.readAll()) >= 0;
    }
    if (!fine || !all.commit()) return {{}, QString(all.fileName() + u" cannot be written. Check the free space."_s)};
  }
  return made;
}

QString DataStep::resultText() const {
  QStringList lines;
  const QLocale here;
  for (const Count& count : m_told) {
    lines << tr("%1: %2 for training, %3 kept for validation")
                 .arg(source(count.kind).title->text(), here.toString(count.training), here.toString(count.validation));
  }
  if (!lines.isEmpty())
    lines << tr("Which are kept depends on the examples and the seed %1 alone: it stays so in all stages.")
                 .arg(here.toString(m_training.seed));
  return lines.join(u'\n');
}

void DataStep::show() {
  m_bar->setVisible(m_working);
  m_prepare->setEnabled(!m_working);
  m_result->setText(resultText());
  m_result->setVisible(!m_told.isEmpty());
  if (m_problem.isEmpty()) return m_message->hide();
  m_message->say(InlineMessage::Kind::Error, tr("This data cannot be used as it is"),
                 tr("What is wrong stands below. Correct it, or leave wrong rows out."), m_problem);
}

void DataStep::retranslate() {
  m_title->setText(tr("Your data"));
  m_words->setText(
      tr("It stays where it is. Part of it is kept apart, to measure what was learned on examples that were "
         "never seen."));
  for (const Source& each : m_sources) {
    const bool talk = each.kind == kConversations;
    each.title->setText(talk                                 ? tr("Conversations, if you have some")
                        : each.kind == nameOf(Sense::Speech) ? textOf(Sense::Speech)
                        : each.kind == nameOf(Sense::Clips)  ? textOf(Sense::Clips)
                                                             : textOf(Sense::Pictures));
    each.hint->setText(
        talk ? tr("For stage 3, as JSON lines or in LLaVA's form. Without them, conversations are made of "
                  "the data above.")
             : tr("A folder or a list; which form it has is found out."));
    each.path->setAccessibleName(tr("Where they lie: %1").arg(each.title->text()));
    each.path->setPlaceholderText(tr("Folder or list"));
    each.folder->setText(tr("Choose a folder …"));
    each.file->setText(tr("Choose a list …"));
    each.folder->setAccessibleDescription(each.title->text());
    each.file->setAccessibleDescription(each.title->text());
  }
  m_skip->setText(tr("Leave wrong rows out"));
  m_prepare->setText(tr("Use this data"));
  m_bar->setAccessibleName(tr("Reading the data"));
  show();
}

void DataStep::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

void DataStep::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

// Into the first field that is empty, else the first one.
void DataStep::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty() || !urls.front().isLocalFile()) return;
  const Source* to = &m_sources.front();
  for (const Source& each : m_sources) {
    if (each.path->text().isEmpty()) {
      to = &each;
      break;
    }
  }
  to->path->setText(urls.front().toLocalFile());
  take(to->kind, to->path->text());
  event->acceptProposedAction();
}

}  // namespace xllm::ui
