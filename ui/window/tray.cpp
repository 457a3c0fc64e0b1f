#include "ui/window/tray.h"

#include <QAction>
#include <QCoreApplication>
#include <QEvent>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QWidget>

#include "ui/talk/recording_red.h"

namespace xllm::ui {

Tray::Tray(QWidget& window, bool exists) : m_window(window), m_exists(exists), m_menu(std::make_unique<QMenu>()) {
  m_show = m_menu->addAction(QString(), this, &Tray::showRequested);
  m_closeMicrophone = m_menu->addAction(QString(), this, &Tray::closeMicrophoneRequested);
  m_closeMicrophone->setVisible(false);
  m_quit = m_menu->addAction(QString(), this, &Tray::quitRequested);
  window.installEventFilter(this);
  retranslate();
}

Tray::~Tray() = default;

namespace {

// The program's own, with a red dot while the microphone is open.
QIcon trayIcon(bool listening) {
  const QIcon plain = QGuiApplication::windowIcon();
  if (!listening) return plain;
  QIcon marked;
  for (const int edge : {16, 22, 24, 32, 48, 64}) {
    QPixmap pixmap = plain.pixmap(edge, edge);
    if (pixmap.isNull()) {
      pixmap = QPixmap(edge, edge);
      pixmap.fill(Qt::transparent);
    }
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Qt::white, edge / 16.0));
    painter.setBrush(recordingRed(QPalette(Qt::white)));
    const double size = edge * 0.55;
    painter.drawEllipse(QRectF(edge - size - 1, edge - size - 1, size, size));
    painter.end();
    marked.addPixmap(pixmap);
  }
  return marked;
}

}  // namespace

void Tray::setListening(bool listening) {
  m_listening = listening;
  m_closeMicrophone->setVisible(listening);
  if (m_icon) m_icon->setIcon(trayIcon(listening));
  retranslate();
}

void Tray::setOn(bool on) {
  if (!m_exists || on == static_cast<bool>(m_icon)) return;
  if (!on) return m_icon.reset();
  m_icon = std::make_unique<QSystemTrayIcon>(trayIcon(m_listening));
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
  m_closeMicrophone->setText(tr("Close the microphone"));
  if (!m_icon) return;
  m_icon->setToolTip(m_listening ? tr("X-LLM Desktop: the microphone is open") : tr("X-LLM Desktop"));
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
