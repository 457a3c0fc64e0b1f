// How one talks to the program: the way, the microphone, when somebody counts as having finished, and what then happens
// to what was said.
#pragma once

#include "ui/settings/page.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QSlider;

namespace xllm::ui {

class ListeningGroup final : public SettingsPage {
  Q_OBJECT

 public:
  explicit ListeningGroup(QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;
  void setMicrophones(const QList<Microphone>& microphones);  // that are plugged in

 protected:
  void retranslate() override;

 private:
  void connectFields();
  void fillMicrophones();

  QComboBox *m_mode, *m_goes, *m_microphone;
  QDoubleSpinBox* m_endDelay;
  QSlider* m_sensitivity;  // percent; to the right it hears more
  QCheckBox *m_cancelsEcho, *m_showsWords;
  QLabel *m_modeLabel, *m_modeText, *m_goesLabel, *m_microphoneLabel, *m_endDelayLabel, *m_sensitivityLabel, *m_private;
  QList<Microphone> m_microphones;
  TalkPreferences m_shown;
};

}  // namespace xllm::ui
