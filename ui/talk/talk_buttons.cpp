#include "ui/talk/talk_buttons.h"

#include <QAction>
#include <QEvent>
#include <QGuiApplication>

#include "ui/talk/hold_key.h"
#include "ui/talk/recording_red.h"
#include "ui/talk/talk.h"
#include "ui/talk/talk_problem.h"
#include "ui/widgets/icon.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

MicrophoneButton::MicrophoneButton(Talk& talk, QWidget* parent)
    : QToolButton(parent), m_talk(talk), m_hold(new QAction(this)) {
  setProperty("flat", true);
  setIconSize(QSize(22, 22));
  setFocusPolicy(Qt::StrongFocus);
  m_hold->setShortcut(kHoldKey);
  m_hold->setShortcutContext(Qt::WidgetShortcut);
  addAction(m_hold);
  connect(this, &QToolButton::pressed, this, [this] {
    if (m_talk.mode() == ListenMode::HoldToTalk && !m_talk.isOpen()) m_talk.begin();
  });
  connect(this, &QToolButton::released, this, [this] {
    if (m_talk.mode() == ListenMode::HoldToTalk) m_talk.end();
  });
  connect(this, &QToolButton::clicked, this, [this] {
    if (m_talk.mode() != ListenMode::HoldToTalk) m_talk.toggle();
  });
  connect(&talk, &Talk::changed, this, &MicrophoneButton::refresh);
  refresh();
}

QString MicrophoneButton::tip() const {
  if (m_talk.obstacle() != Talk::Obstacle::None) {
    const Problem problem = TalkProblems::describe(m_talk.obstacle());
    return problem.title + u". "_s + problem.text;
  }
  switch (m_talk.mode()) {
    case ListenMode::HoldToTalk: return tr("Hold to talk (also the key F8)");
    case ListenMode::HandsFree: return m_talk.isOpen() ? tr("Close the microphone") : tr("Talk hands-free");
    case ListenMode::ClickToTalk: break;
  }
  return m_talk.isOpen() ? tr("Finish talking") : tr("Talk");
}

void MicrophoneButton::refresh() {
  const bool isOpen = m_talk.isOpen();
  setEnabled(isOpen || m_talk.obstacle() == Talk::Obstacle::None);
  setIcon(themeIcon(m_talk.isMuted() && isOpen ? u"microphone-off"_s : u"microphone"_s,
                    isOpen ? IconColor::OnRed : IconColor::Muted));
  QString sheet = isOpen ? u"QToolButton { background: %1; border: 1px solid %1; border-radius: 8px; padding: 5px; } "
                           "QToolButton:focus { border: 1px solid palette(text); }"_s.arg(
                               recordingRed(QGuiApplication::palette()).name())
                         : QString();
  sheet += u"QToolButton::menu-indicator { image: none; }"_s;  // its action is no menu
  if (styleSheet() != sheet) setStyleSheet(sheet);             // which is a change of the palette, too
  setToolTip(tip());
  setAccessibleName(isOpen ? tr("The microphone is open: finish talking") : tr("Talk"));
  setAccessibleDescription(tip());
  m_hold->setText(tr("Talk while the key is held down"));
}

void MicrophoneButton::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange) refresh();
  QToolButton::changeEvent(event);
}

}  // namespace xllm::ui
