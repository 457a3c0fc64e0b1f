// The preferences in force. A menu, a key or the settings dialog changes them here, and everything follows at once.
// Leaves keeping them to app/.
#pragma once

#include <QObject>
#include <QPointer>
#include <functional>

#include "ui/settings/settings_dialog.h"

namespace xllm::ui {

class Actions;
class Conversation;

class PreferencesControl final : public QObject {
  Q_OBJECT

 public:
  // All outlive this. `window` carries the dialog.
  PreferencesControl(Preferences preferences, Language& language, Conversation& conversation, Actions& actions,
                     QWidget& window);

  const Preferences& current() const { return m_preferences; }
  void change(const std::function<void(Preferences&)>& edit);
  void zoom(int steps);
  void switchTheme();                    // from light to dark or back
  void onSystemTheme();                  // the desktop's theme changed
  void zoomByWheelOver(QWidget& place);  // with Ctrl
  void openDialog(SettingsDialog::Page page, const Places& places, bool hasTray);
  SettingsDialog* dialog() const { return m_dialog; }  // null until it was opened

 Q_SIGNALS:
  void changed();
  void deleteTrainingsRequested();
  void deleteEverythingRequested();
  void dialogOpened(xllm::ui::SettingsDialog& dialog);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void apply(const Preferences& before);
  void useForAnswers();

  Preferences m_preferences;
  Language& m_language;
  Conversation& m_conversation;
  Actions& m_actions;
  QWidget& m_window;
  QPointer<SettingsDialog> m_dialog;
  int m_wheel = 0;  // eighths of a degree that make no step yet
};

}  // namespace xllm::ui
