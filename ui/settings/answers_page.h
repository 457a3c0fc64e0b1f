// How the model answers: the presets, and what is in the one in use. Whatever is typed is in force with the next
// message.
#pragma once

#include "ui/settings/page.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace xllm::ui {

class AnswersPage final : public SettingsPage {
  Q_OBJECT

 public:
  explicit AnswersPage(QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;
  void editName();  // the keyboard goes there

 protected:
  void retranslate() override;

 private:
  void build();
  void connectFields();
  void editPreset(const std::function<void(Preset&)>& edit);               // the one in use
  void editList(const std::function<QString(QList<Preset>&, int)>& edit);  // returns which is in use then

  QComboBox* m_presets;
  QPushButton *m_add, *m_duplicate, *m_remove, *m_restore;
  QLineEdit* m_name;
  QPlainTextEdit* m_systemPrompt;
  QDoubleSpinBox *m_temperature, *m_topP;
  QSpinBox* m_topK;
  QCheckBox* m_randomSeed;
  QSpinBox* m_seed;
  QSpinBox* m_longest;
  QCheckBox* m_halfMemory;  // of every preset
  QLabel *m_presetsLabel, *m_nameLabel, *m_promptLabel, *m_temperatureLabel, *m_topPLabel, *m_topKLabel, *m_seedLabel,
      *m_longestLabel;
  Preferences m_shown;
};

}  // namespace xllm::ui
