#include "ui/window/tray.h"

#include <QAction>
#include <QCoreApplication>
#include <QEvent>
#include <QGuiApplication>
#include <QMenu>
#include <QWidget>

namespace xllm::ui {

Tray::Tray(QWidget& window, bool exists) : m_window(window), m_exists(exists), m_menu(std::make_unique<QMenu>()) {
  m_show = m_menu->addAction(QString(), this, &Tray::showRequested);
  m_quit = m_menu->addAction(QString(), this, &Tray::quitRequested);
  window.installEventFilter(this);
  retranslate();
}

Tray::~Tray() = default;

void Tray::setOn(bool on) {
  if (!m_exists || on == static_cast<bool>(m_icon)) return;
  if (!on) return m_icon.reset();
  m_icon = std::make_unique<QSystemTrayIcon>(QGuiApplication::windowIcon());
  m_icon->setContextMenu(m_menu.get());
  connect(m_icon.get(), &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
    if (reason == QSystemTrayIcon::Trigger) Q_EMIT showRequested();
  });
  m_icon->show();
  retranslate();
}

void Tray::letClose() { m_closes = true; }

void Tray::retranslate() {
  m_show->setText(tr("Show the window"));
  m_quit->setText(tr("Quit"));
  if (m_icon) m_icon->setToolTip(tr("X-LLM Desktop"));
}

// The desktop's own end of the session is never held up.
bool Tray::eventFilter(QObject* watched, QEvent* event) {
  const bool hides = event->type() == QEvent::Close && m_icon && !m_closes && !qGuiApp->isSavingSession();
  if (!hides) return QObject::eventFilter(watched, event);
  event->ignore();
  m_window.hide();
  return true;
}

}  // namespace xllm::ui
