// The ways of talking and the microphones as a menu: what is in use is checked. The same menu stands in the menu bar
// and beside the microphone.
#pragma once

#include <QMenu>
#include <functional>

#include "ui/settings/preferences.h"

class QActionGroup;

namespace xllm::ui {

class TalkMenu final : public QMenu {
  Q_OBJECT

 public:
  explicit TalkMenu(QWidget* parent);

  void setPreferences(const TalkPreferences& preferences);
  void setMicrophones(const QList<Microphone>& microphones);  // that are plugged in
  void retranslate();

 Q_SIGNALS:
  void edited(const std::function<void(xllm::ui::TalkPreferences&)>& edit);
  void settingsRequested();

 private:
  QAction* addMode(ListenMode mode);
  void fillMicrophones();

  QActionGroup *m_modes, *m_devices;
  QAction *m_click, *m_hold, *m_handsFree;
  QMenu* m_microphones;
  QAction *m_showsWords, *m_settings;
  QList<Microphone> m_list;
  TalkPreferences m_shown;
};

}  // namespace xllm::ui
