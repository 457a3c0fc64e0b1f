#include "ui/models/pack_manager.h"

#include <QDir>
#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStandardPaths>
#include <cmath>
#include <utility>

#include "ui/models/pack_card.h"
#include "ui/models/pack_state.h"
#include "ui/widgets/inline_message.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

PackManager::PackManager(const PackShelf& shelf, const PackState& pack, QWidget* parent)
    : QDialog(parent), m_pack(pack), m_worker(shelf) {
  build();
  connect(m_installFolder, &QPushButton::clicked, this, &PackManager::chooseFolder);
  connect(m_installFile, &QPushButton::clicked, this, &PackManager::chooseFile);
  connect(m_cancel, &QPushButton::clicked, &m_worker, &PackWorker::cancel);
  connect(m_close, &QPushButton::clicked, this, &QWidget::close);
  connect(m_useNew, &QPushButton::clicked, this, [this] {
    m_message->hide();
    Q_EMIT useRequested(m_newFolder);
  });
  connect(&pack, &PackState::changed, this, &PackManager::refresh);
  connect(&m_worker, &PackWorker::listed, this, &PackManager::showPacks);
  connect(&m_worker, &PackWorker::listFailed, this, &PackManager::sayNotListed);
  connect(&m_worker, &PackWorker::begun, this, &PackManager::refresh);
  connect(&m_worker, &PackWorker::progressed, this, [this](double fraction, const QString& file) {
    m_bar->setValue(static_cast<int>(std::lround(fraction * 1000)));
    if (PackCard* working = card(m_worker.folder())) working->setProgress(fraction, file);
  });
  connect(&m_worker, &PackWorker::finished, this, &PackManager::onFinished);
  resize(780, 560);
  retranslate();
}

void PackManager::build() {
  m_intro = new QLabel(this);
  m_intro->setProperty("caption", true);
  m_intro->setWordWrap(true);
  m_message = new InlineMessage(this);
  m_useNew = m_message->addAction({});
  m_message->hide();
  auto* content = new QWidget;
  m_list = new QVBoxLayout(content);
  m_list->setContentsMargins(0, 0, 0, 0);
  m_list->setSpacing(10);
  m_empty = new QLabel(content);
  m_empty->setAlignment(Qt::AlignCenter);
  m_empty->setProperty("caption", true);
  m_empty->setWordWrap(true);
  m_empty->hide();
  m_list->addWidget(m_empty);
  m_list->addStretch();
  auto* area = new QScrollArea(this);
  area->setWidget(content);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setFocusPolicy(Qt::NoFocus);
  for (QPushButton** button : {&m_installFolder, &m_installFile, &m_cancel, &m_close}) {
    *button = new QPushButton(this);
    (*button)->setProperty("quiet", true);
    (*button)->setAutoDefault(false);
  }
  m_bar = new QProgressBar(this);
  m_bar->setTextVisible(false);
  m_bar->setRange(0, 1000);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  buttons->addWidget(m_installFolder);
  buttons->addWidget(m_installFile);
  buttons->addWidget(m_bar, 1);
  buttons->addWidget(m_cancel);
  buttons->addStretch();
  buttons->addWidget(m_close);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(24, 20, 24, 18);
  column->setSpacing(12);
  column->addWidget(m_intro);
  column->addWidget(m_message);
  column->addWidget(area, 1);
  column->addLayout(buttons);
}

void PackManager::chooseFolder() {
  auto* dialog = new QFileDialog(this, tr("Choose the folder of a model pack"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, &PackManager::installFrom);
  dialog->open();
}

void PackManager::chooseFile() {
  auto* dialog = new QFileDialog(this, tr("Choose a model pack in one file"),
                                 QStandardPaths::writableLocation(QStandardPaths::DownloadLocation));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilters({tr("Model packs") + u" (*.xpack *.zip)"_s, tr("All files") + u" (*)"_s});
  connect(dialog, &QFileDialog::fileSelected, this, &PackManager::installFrom);
  dialog->open();
}

void PackManager::installFrom(const QString& folderOrFile) {
  if (m_worker.isBusy()) return;
  m_words = {};
  m_message->hide();
  m_bar->setValue(0);
  m_installing = true;
  m_worker.install(folderOrFile);
  m_cancel->setFocus();
}

void PackManager::showPacks(const QList<PackDescription>& packs, const MachineDescription& machine) {
  QString focused;  // the keyboard stays where it was
  for (const PackCard* old : std::as_const(m_cards)) {
    if (old->isAncestorOf(focusWidget())) focused = old->pack().folder;
  }
  for (PackCard* old : std::exchange(m_cards, {})) {
    old->hide();
    old->deleteLater();
  }
  QWidget* before = m_useNew;
  for (const PackDescription& pack : packs) {
    auto* added = new PackCard(pack, machine, m_list->parentWidget());
    connect(added, &PackCard::useRequested, this, &PackManager::useRequested);
    connect(added, &PackCard::checkRequested, &m_worker, &PackWorker::verify);
    connect(added, &PackCard::removeRequested, &m_worker, &PackWorker::remove);
    connect(added, &PackCard::cancelRequested, &m_worker, &PackWorker::cancel);
    m_list->insertWidget(m_list->count() - 1, added);
    m_cards << added;
    for (QPushButton* button : {&added->useButton(), &added->checkButton(), &added->removeButton()}) {
      QWidget::setTabOrder(before, button);
      before = button;
    }
    added->show();
    if (pack.folder == focused) added->checkButton().setFocus();
  }
  m_empty->setVisible(packs.isEmpty());
  refresh();
}

void PackManager::onFinished(const PackOutcome& outcome) {
  m_installing = false;
  refresh();
  switch (outcome.job) {
    case PackOutcome::Job::Install:
      sayInstalled(outcome);
      m_installFolder->setFocus();
      return m_worker.list();
    case PackOutcome::Job::Verify: break;
    case PackOutcome::Job::Remove:
      if (outcome.error) break;
      m_installFolder->setFocus();
      Q_EMIT removed(outcome.folder);
      return m_worker.list();
  }
  if (PackCard* done = card(outcome.folder)) done->showOutcome(outcome.error);
}

void PackManager::sayInstalled(const PackOutcome& outcome) {
  if (outcome.error && outcome.error->code == ErrorCode::Cancelled) return;
  m_newFolder = outcome.folder;
  m_useNew->setVisible(!outcome.error);
  m_words = [this, error = outcome.error] {
    m_useNew->setText(tr("Use it now"));
    if (!error) {
      return m_message->say(InlineMessage::Kind::Notice, tr("The pack was installed"),
                            tr("All its files are as they should be."));
    }
    QString text = tr("Choose a folder that holds pack.json, or an .xpack file.");
    switch (error->code) {
      case ErrorCode::BadInput: text = tr("It is no model pack, or it is installed already."); break;
      case ErrorCode::CorruptFile: text = tr("A file of it is damaged. Get the pack again."); break;
      case ErrorCode::DiskFull: text = tr("There is not enough room on the disk, or it may not be written to."); break;
      case ErrorCode::Unsupported: text = tr("This version of the program does not read this kind of pack."); break;
      default: break;
    }
    m_message->say(InlineMessage::Kind::Error, tr("The pack was not installed"), text,
                   QString::fromStdString(error->message));
  };
  m_words();
}

void PackManager::sayNotListed(const QString& details) {
  m_useNew->hide();
  m_words = [this, details] {
    m_message->say(InlineMessage::Kind::Error, tr("The model packs cannot be listed"),
                   tr("What went wrong stands below."), details);
  };
  m_words();
}

void PackManager::refresh() {
  const bool busy = m_worker.isBusy();
  const bool ready = m_pack.phase() == PackState::Phase::Ready;
  for (PackCard* each : std::as_const(m_cards)) {
    each->setInUse(ready && QDir(each->pack().folder) == QDir(m_pack.folder()));
    each->setBusy(busy, each->pack().folder == m_worker.folder() && !m_installing);
  }
  m_installFolder->setVisible(!m_installing);
  m_installFile->setVisible(!m_installing);
  m_installFolder->setEnabled(!busy);
  m_installFile->setEnabled(!busy);
  m_bar->setVisible(m_installing);
  m_cancel->setVisible(m_installing);
}

void PackManager::retranslate() {
  setWindowTitle(tr("Model packs"));
  m_intro->setText(
      tr("A pack holds a language model with its eyes and ears. Everything it does, it does on this computer."));
  m_empty->setText(tr("There is no model pack on this computer yet. Install one from a folder or an .xpack file."));
  m_installFolder->setText(tr("Install from a folder …"));
  m_installFile->setText(tr("Install from a file …"));
  m_cancel->setText(tr("Cancel"));
  m_close->setText(tr("Close"));
  m_bar->setAccessibleName(tr("Installing"));
  if (m_words && !m_message->isHidden()) m_words();
}

void PackManager::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QDialog::changeEvent(event);
}

void PackManager::showEvent(QShowEvent* event) {
  QDialog::showEvent(event);
  m_worker.list();
}

PackCard* PackManager::card(const QString& folder) const {
  for (PackCard* each : m_cards) {
    if (each->pack().folder == folder) return each;
  }
  return nullptr;
}

}  // namespace xllm::ui
