#include "ui/window/pack_guide.h"

#include <QAction>
#include <QFileDialog>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>

#include "ui/chat/conversation.h"
#include "ui/composer/composer.h"
#include "ui/composer/prompt_edit.h"
#include "ui/models/pack_manager.h"
#include "ui/models/pack_state.h"
#include "ui/window/actions.h"
#include "ui/window/first_run.h"
#include "ui/window/in_column.h"
#include "ui/window/preferences_control.h"

namespace xllm::ui {

PackGuide::PackGuide(const Parts& parts, QWidget& window) : QObject(&window), m_parts(parts), m_window(window) {
  connect(parts.actions.choosePack, &QAction::triggered, this, &PackGuide::chooseFolder);
  connect(parts.actions.packs, &QAction::triggered, this, &PackGuide::showManager);
  connect(parts.actions.firstRun, &QAction::triggered, this, &PackGuide::showFirstRun);
  const ConversationModel& model = parts.conversation.model();
  connect(&model, &QAbstractItemModel::rowsInserted, this, &PackGuide::showPage);
  connect(&model, &QAbstractItemModel::rowsRemoved, this, &PackGuide::showPage);
  connect(&model, &QAbstractItemModel::modelReset, this, &PackGuide::showPage);
  showPage();
}

void PackGuide::setShelf(const PackShelf& shelf) {
  m_shelf = &shelf;
  m_parts.actions.packs->setEnabled(true);
  m_parts.actions.firstRun->setEnabled(true);
  if (m_parts.preferences.current().firstRun) showFirstRun();
}

void PackGuide::chooseFolder() {
  auto* dialog = new QFileDialog(&m_window, tr("Choose the folder of a model pack"), m_parts.pack.folder());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, &PackGuide::use);
  dialog->open();
}

void PackGuide::use(const QString& folder) {
  keep(folder);
  m_parts.pack.load(folder);
}

void PackGuide::keep(const QString& folder) {
  m_parts.preferences.change([&folder](Preferences& preferences) { preferences.packFolder = folder; });
}

void PackGuide::showManager() {
  if (!m_manager) {
    m_manager = new PackManager(*m_shelf, m_parts.pack, &m_window);
    connect(m_manager, &PackManager::useRequested, this, &PackGuide::use);
    connect(m_manager, &PackManager::removed, this, [this](const QString& folder) {
      if (m_parts.preferences.current().packFolder == folder) keep({});
    });
  }
  m_manager->show();
  m_manager->raise();
  m_manager->activateWindow();
}

// In the place of the welcome: a conversation that is open gives way, and comes back from the list at the side.
void PackGuide::showFirstRun() {
  if (!m_firstRun) {
    Composer& composer = m_parts.composer;
    m_firstRun = new FirstRun(*m_shelf, m_parts.pack, m_parts.preferences.current().language);
    m_parts.pages.addWidget(inColumn(m_firstRun, &m_parts.pages));
    QWidget::setTabOrder(&m_firstRun->nextButton(), &composer.edit());  // as the eye goes
    composer.orderFocus();
    connect(m_firstRun, &FirstRun::languageChosen, &m_parts.actions, &Actions::languageChosen);
    connect(m_firstRun, &FirstRun::packRequested, this, &PackGuide::chooseFolder);
    connect(m_firstRun, &FirstRun::packsRequested, this, &PackGuide::showManager);
    connect(m_firstRun, &FirstRun::sampleRequested, this, &PackGuide::askSample);
    connect(m_firstRun, &FirstRun::finished, this, &PackGuide::endFirstRun);
  }
  setFirstRun(true);
  if (m_parts.conversation.model().rowCount() > 0) m_parts.conversation.startNew();
  showPage();
  m_firstRun->begin();
}

void PackGuide::endFirstRun() {
  setFirstRun(false);
  showPage();
  m_parts.composer.edit().setFocus();
}

void PackGuide::setFirstRun(bool on) {
  m_parts.preferences.change([on](Preferences& preferences) { preferences.firstRun = on; });
}

// Into the box and out of it, as if a person had put it there. What the person did put there is back once it is out;
// with media of theirs nothing is asked.
void PackGuide::askSample(const QString& question, const QImage& picture) {
  if (!m_parts.composer.chips().isEmpty()) return endFirstRun();
  if (const QString words = m_parts.composer.text(); !words.isEmpty()) {
    const auto giveBack = [this, words] { m_parts.composer.giveBack(words, {}); };
    connect(&m_parts.conversation, &Conversation::begun, this, giveBack,
            static_cast<Qt::ConnectionType>(Qt::QueuedConnection | Qt::SingleShotConnection));
  }
  if (!picture.isNull()) m_parts.composer.addImage(picture);
  m_parts.composer.edit().setPlainText(question);
  endFirstRun();
  m_parts.composer.sendButton().click();
}

void PackGuide::showPage() {
  const bool talks = m_parts.conversation.model().rowCount() > 0;
  const bool firstSteps = m_parts.preferences.current().firstRun && m_firstRun;
  if (talks && firstSteps) return endFirstRun();  // whoever talks already needs no first steps
  m_parts.pages.setCurrentIndex(talks ? 1 : firstSteps ? 2 : 0);
}

}  // namespace xllm::ui
