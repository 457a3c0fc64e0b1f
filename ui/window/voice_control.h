// Talking, in the window: the microphone beside the box with its menu, the bar above the text, keys, settings, the
// tray, and that nobody is listened to behind a window that is not there. Leaves what is said to ui/talk.
#pragma once

#include <QObject>
#include <QPointer>

#include "ui/talk/talk.h"

class QToolButton;

namespace xllm::ui {

class Actions;
class MicrophoneButton;
class PreferencesControl;
class ReadingAloud;
class SettingsDialog;
class TalkBar;
class Tray;

class VoiceControl final : public QObject {
  Q_OBJECT

 public:
  struct Parts {  // all outlive this
    Talk::Parts talk;
    Actions& actions;
    PreferencesControl& preferences;
    Tray& tray;
    QWidget& window;
  };
  explicit VoiceControl(const Parts& parts);
  ~VoiceControl() override;

  void setMicrophones(const QList<Microphone>& microphones);  // that are plugged in
  // Once: who speaks may interrupt what is read or written, and what then becomes of an utterance is said there.
  void setReadingAloud(ReadingAloud& reading);
  void retranslate();

  Talk& talk() { return m_talk; }
  TalkBar& bar() { return *m_bar; }
  MicrophoneButton& button() { return *m_button; }
  QToolButton& menuButton() { return *m_way; }

 Q_SIGNALS:
  void microphonesWanted();  // a list of them is looked at
  void openChanged(bool open);
  void settingsRequested();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void connectParts();
  void refresh();
  void onDialog(SettingsDialog& dialog);

  Parts m_parts;
  Talk m_talk;
  TalkBar* m_bar;  // the composer's, as the two below
  MicrophoneButton* m_button;
  QToolButton* m_way;
  QPointer<SettingsDialog> m_dialog;
  QList<Microphone> m_microphones;
  bool m_wasOpen = false;
};

}  // namespace xllm::ui
