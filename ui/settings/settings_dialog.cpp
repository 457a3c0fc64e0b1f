#include "ui/settings/settings_dialog.h"

#include <QDialogButtonBox>
#include <QEvent>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/settings/answers_page.h"
#include "ui/settings/appearance_page.h"
#include "ui/settings/voice_page.h"

namespace xllm::ui {

SettingsDialog::SettingsDialog(const Places& places, bool hasTray, QWidget* parent)
    : QDialog(parent), m_pages(new QTabWidget(this)), m_voice(new VoicePage) {
  addPage(new AppearancePage);
  addPage(new AnswersPage);
  addPage(m_voice);
  auto* safety = new SafetyPage(places, hasTray);
  addPage(safety);
  connect(safety, &SafetyPage::deleteTrainingsRequested, this, &SettingsDialog::deleteTrainingsRequested);
  connect(safety, &SafetyPage::deleteEverythingRequested, this, &SettingsDialog::deleteEverythingRequested);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  m_close = buttons->button(QDialogButtonBox::Close);
  m_close->setAutoDefault(false);  // Enter ends the typing in a field
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 12, 12, 12);
  column->addWidget(m_pages);
  column->addWidget(buttons);
  m_pages->setDocumentMode(true);
  m_pages->tabBar()->setDrawBase(false);
  retranslate();
}

// In a scroll area: large text on a small screen must not put a field out of reach.
void SettingsDialog::addPage(SettingsPage* page) {
  auto* area = new QScrollArea;
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setFocusPolicy(Qt::NoFocus);
  area->setSizeAdjustPolicy(QAbstractScrollArea::AdjustToContents);
  area->setWidget(page);
  area->viewport()->setAutoFillBackground(false);
  page->setAutoFillBackground(false);
  m_pages->addTab(area, QString());
  m_list << page;
  connect(page, &SettingsPage::edited, this, [this](const std::function<void(Preferences&)>& edit) {
    Preferences edited = m_preferences;
    edit(edited);
    if (edited != m_preferences) Q_EMIT changed(edited);
  });
}

void SettingsDialog::setPreferences(const Preferences& preferences) {
  m_preferences = preferences;
  for (SettingsPage* page : std::as_const(m_list)) page->setPreferences(preferences);
}

void SettingsDialog::openAt(Page page) {
  m_pages->setCurrentIndex(static_cast<int>(page) - 1);
  if (!isVisible()) fit();
  show();
  raise();
  activateWindow();
  m_pages->tabBar()->setFocus();
}

// As large as the largest page, so that nothing moves from page to page; a small screen gets scroll bars.
void SettingsDialog::fit() {
  ensurePolished();
  QSize largest;
  for (const SettingsPage* page : std::as_const(m_list)) {
    QSize wanted = page->sizeHint();
    if (page->hasHeightForWidth()) wanted.setHeight(std::max(wanted.height(), page->heightForWidth(wanted.width())));
    largest = largest.expandedTo(wanted);
  }
  const QSize around(24 + 2, 24 + 12 + m_pages->tabBar()->sizeHint().height() + m_close->sizeHint().height());
  resize((largest + around).boundedTo(screen()->availableSize() * 9 / 10));
}

void SettingsDialog::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  // The pages hear of it after this.
  const bool isLarger = event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange;
  if (isLarger && isVisible()) QMetaObject::invokeMethod(this, &SettingsDialog::fit, Qt::QueuedConnection);
  QDialog::changeEvent(event);
}

void SettingsDialog::retranslate() {
  setWindowTitle(tr("Settings"));
  m_pages->tabBar()->setAccessibleName(tr("Pages of the settings"));
  const QString titles[] = {tr("Appearance"), tr("Answers"), tr("Voice"), tr("Start and safety")};
  for (int page = 0; page < m_pages->count(); ++page) m_pages->setTabText(page, titles[page]);
}

}  // namespace xllm::ui
