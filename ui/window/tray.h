// The program's place in the desktop's tray: while it is on, closing the window only hides it, and answers go on. Where
// there is no tray it does nothing.
#pragma once

#include <QObject>
#include <QSystemTrayIcon>
#include <memory>

class QAction;
class QMenu;
class QWidget;

namespace xllm::ui {

class Tray final : public QObject {
  Q_OBJECT

 public:
  explicit Tray(QWidget& window, bool exists = QSystemTrayIcon::isSystemTrayAvailable());
  ~Tray() override;

  bool exists() const { return m_exists; }
  void setOn(bool on);
  bool isOn() const { return static_cast<bool>(m_icon); }
  void setListening(bool listening);  // the microphone is open: the icon shows it, and the menu can close it
  void letClose();                    // the next closing of the window is meant
  void retranslate();

 Q_SIGNALS:
  void showRequested();
  void quitRequested();
  void closeMicrophoneRequested();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget& m_window;
  bool m_exists;
  bool m_closes = false;
  bool m_listening = false;
  std::unique_ptr<QMenu> m_menu;
  std::unique_ptr<QSystemTrayIcon> m_icon;  // while it is on
  QAction *m_show = nullptr, *m_closeMicrophone = nullptr, *m_quit = nullptr;
};

}  // namespace xllm::ui
