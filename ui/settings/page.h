// A page of the settings: a form of labels and fields, and sentences between them. Says what was changed; leaves
// keeping and applying it to whoever shows the page.
#pragma once

#include <QList>
#include <QWidget>
#include <functional>
#include <utility>

#include "ui/settings/preferences.h"

class QFormLayout;
class QLabel;

namespace xllm::ui {

class SettingsPage : public QWidget {
  Q_OBJECT

 public:
  explicit SettingsPage(QWidget* parent = nullptr);

  virtual void setPreferences(const Preferences& preferences) = 0;  // says nothing of it

 Q_SIGNALS:
  void edited(const std::function<void(xllm::ui::Preferences&)>& edit);

 protected:
  virtual void retranslate() = 0;  // also sizes that follow the text
  void changeEvent(QEvent* event) override;

  // `field` with a label in front, which gives it its accessible name.
  QLabel* addRow(QWidget* field);
  QLabel* addSentence();  // in the column of the fields, quiet
  QFormLayout& form() { return *m_form; }

 private:
  QFormLayout* m_form;
};

}  // namespace xllm::ui
