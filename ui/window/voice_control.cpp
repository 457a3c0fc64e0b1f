#include "ui/window/voice_control.h"

#include <QAction>
#include <QEvent>
#include <QToolButton>
#include <utility>

#include "ui/composer/composer.h"
#include "ui/settings/listening_group.h"
#include "ui/settings/voice_page.h"
#include "ui/talk/hold_key.h"
#include "ui/talk/talk_bar.h"
#include "ui/talk/talk_buttons.h"
#include "ui/widgets/icon.h"
#include "ui/window/actions.h"
#include "ui/window/preferences_control.h"
#include "ui/window/reading_aloud.h"
#include "ui/window/tray.h"

namespace xllm::ui {

using namespace Qt::StringLiterals;

VoiceControl::VoiceControl(const Parts& parts)
    : m_parts(parts),
      m_talk(parts.talk),
      m_bar(new TalkBar(m_talk)),
      m_button(new MicrophoneButton(m_talk)),
      m_way(new QToolButton) {
  m_way->setProperty("flat", true);
  m_way->setIcon(themeIcon(u"arrow-down"_s, IconColor::Muted));
  m_way->setIconSize(QSize(12, 12));
  m_way->setStyleSheet(u"QToolButton::menu-indicator { image: none; }"_s);
  m_way->setPopupMode(QToolButton::InstantPopup);
  m_way->setFocusPolicy(Qt::StrongFocus);
  m_way->setMenu(parts.actions.wayOfTalking);
  parts.talk.composer.addTools({m_button, m_way});
  parts.talk.composer.addAbove(m_bar);
  for (QAction* action : {parts.actions.talk, parts.actions.mute, parts.actions.wayOfTalking->menuAction()}) {
    action->setVisible(true);
  }
  parts.actions.wayOfTalking->menuAction()->setEnabled(true);
  connectParts();
  m_talk.setPreferences(parts.preferences.current().talk);
  retranslate();
  refresh();
}

// The widgets look at what is said.
VoiceControl::~VoiceControl() {
  m_talk.disconnect();
  delete m_bar;
  delete m_button;
  delete m_way;
}

void VoiceControl::connectParts() {
  TalkMenu& menu = *m_parts.actions.wayOfTalking;
  connect(&menu, &TalkMenu::edited, this, [this](const std::function<void(TalkPreferences&)>& edit) {
    m_parts.preferences.change([&edit](Preferences& preferences) { edit(preferences.talk); });
  });
  connect(&menu, &TalkMenu::settingsRequested, this, &VoiceControl::settingsRequested);
  connect(&menu, &QMenu::aboutToShow, this, &VoiceControl::microphonesWanted);
  connect(&m_parts.preferences, &PreferencesControl::changed, this,
          [this] { m_talk.setPreferences(m_parts.preferences.current().talk); });
  connect(&m_parts.preferences, &PreferencesControl::changed, &m_talk, &Talk::changed);
  connect(&m_parts.preferences, &PreferencesControl::dialogOpened, this, &VoiceControl::onDialog);
  connect(m_parts.actions.talk, &QAction::triggered, &m_talk, &Talk::toggle);
  connect(m_parts.actions.mute, &QAction::triggered, &m_talk, &Talk::setMuted);
  connect(&m_parts.tray, &Tray::closeMicrophoneRequested, &m_talk, &Talk::end);
  connect(&m_talk, &Talk::changed, this, &VoiceControl::refresh);
  auto* hold = new HoldKey(kHoldKey, m_parts.window, this);
  connect(hold, &HoldKey::pressed, this, [this] {
    if (!m_talk.isOpen()) m_talk.beginHeld();
  });
  connect(hold, &HoldKey::released, &m_talk, &Talk::endHeld);
  m_parts.window.installEventFilter(this);
}

void VoiceControl::setReadingAloud(ReadingAloud& reading) {
  reading.listen(m_parts.talk.listening, m_parts.talk.bridge);
  Interruption& interruption = *reading.interruption();
  m_talk.setHoldBack([&interruption] { return interruption.holdsBack(); });
  connect(&interruption, &Interruption::confirmed, &m_talk, &Talk::accept);
  const auto tell = [this, &interruption] {
    interruption.setHandsFree(m_talk.isOpen() && m_talk.mode() == ListenMode::HandsFree);
  };
  connect(&m_talk, &Talk::changed, &interruption, tell);
  tell();
}

void VoiceControl::setMicrophones(const QList<Microphone>& microphones) {
  m_microphones = microphones;
  m_parts.actions.wayOfTalking->setMicrophones(microphones);
  if (m_dialog) m_dialog->voice().listening().setMicrophones(microphones);
}

void VoiceControl::onDialog(SettingsDialog& dialog) {
  m_dialog = &dialog;
  dialog.voice().listening().setMicrophones(m_microphones);
  Q_EMIT microphonesWanted();
}

void VoiceControl::refresh() {
  const bool isOpen = m_talk.isOpen();
  m_parts.actions.talk->setEnabled(isOpen || m_talk.obstacle() == Talk::Obstacle::None);
  m_parts.actions.mute->setEnabled(isOpen);
  m_parts.actions.mute->setChecked(isOpen && m_talk.isMuted());
  if (std::exchange(m_wasOpen, isOpen) == isOpen) return;
  m_parts.tray.setListening(isOpen);
  Q_EMIT openChanged(isOpen);
}

void VoiceControl::retranslate() {
  m_way->setToolTip(tr("Way of talking, and the microphone"));
  m_way->setAccessibleName(tr("Way of talking, and the microphone"));
}

// Behind a window that was closed into the tray only whoever chose to talk hands-free is heard, and the tray shows it.
bool VoiceControl::eventFilter(QObject* watched, QEvent* event) {
  const bool goes = watched == &m_parts.window && event->type() == QEvent::Hide && !event->spontaneous();
  const bool mayStay = m_talk.mode() == ListenMode::HandsFree && m_parts.tray.isOn();
  if (goes && m_talk.isOpen() && !mayStay) m_talk.putAside();
  return QObject::eventFilter(watched, event);
}

}  // namespace xllm::ui
