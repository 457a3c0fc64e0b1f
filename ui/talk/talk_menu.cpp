#include "ui/talk/talk_menu.h"

#include <QActionGroup>

namespace xllm::ui {

using namespace Qt::StringLiterals;

TalkMenu::TalkMenu(QWidget* parent)
    : QMenu(parent), m_modes(new QActionGroup(this)), m_devices(new QActionGroup(this)) {
  m_click = addMode(ListenMode::ClickToTalk);
  m_hold = addMode(ListenMode::HoldToTalk);
  m_handsFree = addMode(ListenMode::HandsFree);
  addSeparator();
  m_microphones = addMenu(QString());
  m_showsWords = addAction(QString());
  m_showsWords->setCheckable(true);
  addSeparator();
  m_settings = addAction(QString(), this, &TalkMenu::settingsRequested);
  connect(m_modes, &QActionGroup::triggered, this, [this](const QAction* action) {
    Q_EMIT edited(
        [mode = static_cast<ListenMode>(action->data().toInt())](TalkPreferences& talk) { talk.mode = mode; });
  });
  connect(m_devices, &QActionGroup::triggered, this, [this](const QAction* action) {
    Q_EMIT edited([id = action->data().toByteArray()](TalkPreferences& talk) { talk.listening.device = id; });
  });
  connect(m_showsWords, &QAction::triggered, this,
          [this](bool on) { Q_EMIT edited([on](TalkPreferences& talk) { talk.showsWords = on; }); });
  retranslate();
}

QAction* TalkMenu::addMode(ListenMode mode) {
  QAction* action = addAction(QString());
  action->setCheckable(true);
  action->setData(static_cast<int>(mode));
  m_modes->addAction(action);
  return action;
}

void TalkMenu::setPreferences(const TalkPreferences& preferences) {
  m_shown = preferences;
  for (QAction* action : m_modes->actions())
    action->setChecked(action->data().toInt() == static_cast<int>(m_shown.mode));
  m_showsWords->setChecked(m_shown.showsWords);
  fillMicrophones();
}

void TalkMenu::setMicrophones(const QList<Microphone>& microphones) {
  m_list = microphones;
  fillMicrophones();
}

// The chosen one stays chosen while it is pulled out.
void TalkMenu::fillMicrophones() {
  for (QAction* action : m_devices->actions()) {
    m_devices->removeAction(action);
    action->deleteLater();  // it may be the one that was chosen just now
    m_microphones->removeAction(action);
  }
  const auto add = [this](const QByteArray& id, const QString& name) {
    QAction* action = m_microphones->addAction(QString(name).replace(u'&', u"&&"_s));
    action->setCheckable(true);
    action->setData(id);
    action->setChecked(id == m_shown.listening.device);
    m_devices->addAction(action);
    return action->isChecked();
  };
  bool isThere = add({}, tr("The system's own choice"));
  for (const Microphone& each : std::as_const(m_list)) isThere = add(each.id, each.name) || isThere;
  if (!isThere) add(m_shown.listening.device, tr("The one chosen before (not there)"));
}

void TalkMenu::retranslate() {
  setTitle(tr("&Way of talking"));
  m_click->setText(tr("&Click, then talk"));
  m_hold->setText(tr("&Hold while talking"));
  m_handsFree->setText(tr("Hands-&free"));
  m_microphones->setTitle(tr("&Microphone"));
  m_showsWords->setText(tr("&Show what was understood"));
  m_settings->setText(tr("&Voice settings …"));
  fillMicrophones();
}

}  // namespace xllm::ui
