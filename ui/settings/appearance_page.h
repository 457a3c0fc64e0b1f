// How the window looks: theme, size of text, language.
#pragma once

#include "ui/settings/page.h"

class QComboBox;
class QSpinBox;

namespace xllm::ui {

class AppearancePage final : public SettingsPage {
  Q_OBJECT

 public:
  explicit AppearancePage(QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;

 protected:
  void retranslate() override;

 private:
  QComboBox* m_theme;
  QSpinBox* m_zoom;
  QComboBox* m_language;
  QLabel *m_themeLabel, *m_zoomLabel, *m_languageLabel;
};

}  // namespace xllm::ui
