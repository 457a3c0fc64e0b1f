// How the program stays and what it keeps: the tray, the folders, and deleting all of it.
#pragma once

#include "ui/settings/page.h"

class QCheckBox;
class QLineEdit;
class QPushButton;

namespace xllm::ui {

// Where things are kept on this computer.
struct Places {
  QString conversations;
  QString settings;
};

class SafetyPage final : public SettingsPage {
  Q_OBJECT

 public:
  SafetyPage(Places places, bool hasTray, QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;

 Q_SIGNALS:
  void deleteEverythingRequested();

 protected:
  void retranslate() override;

 private:
  QWidget* addPlace(QLineEdit* path, QPushButton* open, const QString& folder);

  bool m_hasTray;
  QCheckBox* m_tray;
  QLabel* m_noTray = nullptr;
  QLineEdit *m_conversations, *m_settings;
  QPushButton *m_openConversations, *m_openSettings;
  QPushButton* m_deleteEverything;
  QLabel *m_conversationsLabel, *m_settingsLabel, *m_plain;
};

}  // namespace xllm::ui
