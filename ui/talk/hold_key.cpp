#include "ui/talk/hold_key.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QWidget>
#include <utility>

namespace xllm::ui {

HoldKey::HoldKey(Qt::Key key, QWidget& window, QObject* parent) : QObject(parent), m_key(key), m_window(window) {
  QCoreApplication::instance()->installEventFilter(this);
}

bool HoldKey::isOurs(const QObject* watched, const QEvent* event) const {
  const auto* widget = qobject_cast<const QWidget*>(watched);
  if (!widget || widget->window() != &m_window) return false;
  const auto* key = static_cast<const QKeyEvent*>(event);
  if (key->key() != m_key) return false;
  return key->modifiers() == Qt::NoModifier || event->type() == QEvent::KeyRelease;
}

bool HoldKey::eventFilter(QObject* watched, QEvent* event) {
  switch (event->type()) {
    case QEvent::ShortcutOverride:
      if (!isOurs(watched, event)) break;
      event->accept();  // it comes as a key
      return true;
    case QEvent::KeyPress:
      if (!isOurs(watched, event)) break;
      if (!static_cast<QKeyEvent*>(event)->isAutoRepeat() && !std::exchange(m_isHeld, true)) Q_EMIT pressed();
      return true;
    case QEvent::KeyRelease:
      if (!isOurs(watched, event)) break;
      if (!static_cast<QKeyEvent*>(event)->isAutoRepeat()) letGo();
      return true;
    case QEvent::WindowDeactivate:
    case QEvent::Hide:
      if (watched == &m_window) letGo();
      break;
    default: break;
  }
  return QObject::eventFilter(watched, event);
}

void HoldKey::letGo() {
  if (std::exchange(m_isHeld, false)) Q_EMIT released();
}

}  // namespace xllm::ui
