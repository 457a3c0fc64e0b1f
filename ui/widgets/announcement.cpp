#include "ui/widgets/announcement.h"

#include <QAccessible>
#include <QEvent>
#include <QWidget>

namespace xllm::ui {

Announcement::Announcement(QWidget& place) : QObject(&place), m_place(place) {
#if QT_VERSION < QT_VERSION_CHECK(6, 8, 0)
  m_voice = new QWidget(&place);
  m_voice->setAttribute(Qt::WA_TransparentForMouseEvents);
  m_voice->setGeometry(0, 0, 1, 1);
  m_voice->installEventFilter(this);
#endif
}

bool Announcement::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::LanguageChange && m_voice) m_voice->setAccessibleName({});
  return QObject::eventFilter(watched, event);
}

void Announcement::say(const QString& sentence) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
  QAccessibleAnnouncementEvent event(&m_place, sentence);
  QAccessible::updateAccessibility(&event);
#else
  m_voice->setAccessibleName(sentence);  // tells of the change, too
  QAccessibleEvent event(m_voice, QAccessible::Alert);
  QAccessible::updateAccessibility(&event);
#endif
}

}  // namespace xllm::ui
