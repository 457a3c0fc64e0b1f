// How answers are read aloud: whether by themselves, by which voice, how fast and how loud.
#pragma once

#include <QLocale>

#include "ui/settings/page.h"

class QCheckBox;
class QComboBox;
class QPushButton;
class QSlider;

namespace xllm::ui {

class ReadingAloudGroup final : public SettingsPage {
  Q_OBJECT

 public:
  // A voice that one can choose.
  struct VoiceName {
    QString name;  // ReadingPreferences::voice
    QLocale language;
  };

  explicit ReadingAloudGroup(QWidget* parent = nullptr);

  void setPreferences(const Preferences& preferences) override;
  void setVoices(const QList<VoiceName>& voices);
  void setWhyNot(const QString& sentence);  // this computer has no voice; empty: it has

 Q_SIGNALS:
  void tryRequested();  // to hear how it sounds

 protected:
  void retranslate() override;

 private:
  void connectFields();
  void fillVoices();

  QCheckBox* m_answers;
  QComboBox* m_voice;
  QSlider *m_rate, *m_volume;  // percent
  QPushButton* m_try;
  QLabel *m_whyNot, *m_voiceLabel, *m_rateLabel, *m_volumeLabel;
  QList<VoiceName> m_voices;
  ReadingPreferences m_shown;
};

}  // namespace xllm::ui
