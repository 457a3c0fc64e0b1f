#include "ui/settings/safety_page.h"

#include <QCheckBox>
#include <QDesktopServices>
#include <QDir>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QUrl>

namespace xllm::ui {

SafetyPage::SafetyPage(Places places, bool hasTray, QWidget* parent)
    : SettingsPage(parent),
      m_hasTray(hasTray),
      m_tray(new QCheckBox),
      m_conversations(new QLineEdit),
      m_settings(new QLineEdit),
      m_openConversations(new QPushButton),
      m_openSettings(new QPushButton),
      m_deleteEverything(new QPushButton) {
  form().setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  form().addRow(m_tray);
  m_tray->setEnabled(hasTray);
  if (!hasTray) m_noTray = addSentence();
  m_conversationsLabel = addRow(addPlace(m_conversations, m_openConversations, places.conversations));
  m_settingsLabel = addRow(addPlace(m_settings, m_openSettings, places.settings));
  m_conversationsLabel->setBuddy(m_conversations);
  m_settingsLabel->setBuddy(m_settings);
  m_plain = addSentence();
  m_deleteEverything->setProperty("quiet", true);
  for (QPushButton* button : {m_openConversations, m_openSettings, m_deleteEverything}) button->setAutoDefault(false);
  auto* last = new QHBoxLayout;
  last->addWidget(m_deleteEverything);
  last->addStretch();
  form().addRow(last);
  retranslate();
  connect(m_tray, &QCheckBox::toggled, this,
          [this](bool on) { Q_EMIT edited([on](Preferences& preferences) { preferences.tray = on; }); });
  connect(m_deleteEverything, &QPushButton::clicked, this, &SafetyPage::deleteEverythingRequested);
}

QWidget* SafetyPage::addPlace(QLineEdit* path, QPushButton* open, const QString& folder) {
  path->setText(QDir::toNativeSeparators(folder));
  path->setReadOnly(true);
  path->setCursorPosition(0);
  path->setMinimumWidth(scaledToText(330));
  open->setProperty("quiet", true);
  connect(open, &QPushButton::clicked, this, [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); });
  auto* host = new QWidget;
  auto* row = new QHBoxLayout(host);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(path, 1);
  row->addWidget(open);
  return host;
}

void SafetyPage::setPreferences(const Preferences& preferences) {
  const QSignalBlocker silence(m_tray);
  m_tray->setChecked(preferences.tray && m_hasTray);
}

void SafetyPage::retranslate() {
  m_tray->setText(tr("&Stay in the tray when the window is closed"));
  if (m_noTray) m_noTray->setText(tr("This desktop shows no tray."));
  m_conversationsLabel->setText(tr("Conversations"));
  m_settingsLabel->setText(tr("Settings"));
  m_conversations->setAccessibleName(tr("Folder of the conversations"));
  m_settings->setAccessibleName(tr("Folder of the settings"));
  m_openConversations->setText(tr("Open"));
  m_openConversations->setAccessibleName(tr("Open the folder of the conversations"));
  m_openSettings->setText(tr("Open"));
  m_openSettings->setAccessibleName(tr("Open the folder of the settings"));
  m_plain->setText(
      tr("Conversations are kept with their pictures and recordings until you delete them for good. They are not "
         "encrypted: whoever can read your files can read them. Nothing is sent anywhere."));
  m_deleteEverything->setText(tr("Delete everything …"));
}

}  // namespace xllm::ui
