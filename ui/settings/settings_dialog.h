// The settings as one sees them: four short pages. What is changed there is in force at once; closing keeps it. Leaves
// doing and keeping it to its owner.
#pragma once

#include <QDialog>

#include "ui/settings/safety_page.h"

class QPushButton;
class QTabWidget;

namespace xllm::ui {

class AnswersPage;
class VoicePage;

class SettingsDialog final : public QDialog {
  Q_OBJECT

 public:
  enum class Page { Appearance = 1, Answers, Voice, Safety };

  SettingsDialog(const Places& places, bool hasTray, QWidget* parent);

  void setPreferences(const Preferences& preferences);  // as they are now, whoever changed them
  void openAt(Page page);                               // in front, without holding up the window
  VoicePage& voice() { return *m_voice; }

 Q_SIGNALS:
  void changed(const xllm::ui::Preferences& preferences);
  void deleteTrainingsRequested();
  void deleteEverythingRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void addPage(SettingsPage* page);
  void fit();
  void retranslate();

  Preferences m_preferences;
  QTabWidget* m_pages;
  VoicePage* m_voice;
  QPushButton* m_close = nullptr;
  QList<SettingsPage*> m_list;
};

}  // namespace xllm::ui
