// The settings as one sees them: three short pages. What is changed there is in force at once; closing keeps it. Leaves
// doing and keeping it to its owner.
#pragma once

#include <QDialog>

#include "ui/settings/safety_page.h"

class QPushButton;
class QTabWidget;

namespace xllm::ui {

class AnswersPage;

class SettingsDialog final : public QDialog {
  Q_OBJECT

 public:
  enum class Page { Appearance = 1, Answers, Safety };

  SettingsDialog(const Places& places, bool hasTray, QWidget* parent);

  void setPreferences(const Preferences& preferences);  // as they are now, whoever changed them
  void openAt(Page page);                               // in front, without holding up the window

 Q_SIGNALS:
  void changed(const xllm::ui::Preferences& preferences);
  void deleteEverythingRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void addPage(SettingsPage* page);
  void fit();
  void retranslate();

  Preferences m_preferences;
  QTabWidget* m_pages;
  QPushButton* m_close = nullptr;
  QList<SettingsPage*> m_list;
};

}  // namespace xllm::ui
