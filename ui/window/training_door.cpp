#include "ui/window/training_door.h"

#include <QAction>
#include <utility>

#include "ui/chat/conversation.h"
#include "ui/models/pack_state.h"
#include "ui/window/actions.h"
#include "ui/window/pack_guide.h"

namespace xllm::ui {

TrainingDoor::TrainingDoor(const Parts& parts, TrainingPlaces places, QWidget& window)
    : QObject(&window), m_parts(parts), m_places(std::move(places)), m_window(window) {
  parts.actions.training->setEnabled(true);
  connect(parts.actions.training, &QAction::triggered, this, &TrainingDoor::open);
  connect(&parts.pack, &PackState::changed, this, &TrainingDoor::tellPack);
}

TrainingDoor::~TrainingDoor() { delete m_wizard; }

void TrainingDoor::setPlayback(Playback* playback) {
  m_playback = playback;
  if (m_wizard) m_wizard->setPlayback(playback);
}

void TrainingDoor::forget() {
  delete m_wizard;
  m_wizard = nullptr;
}

void TrainingDoor::open() {
  if (!m_wizard) {
    m_wizard = new TrainingWindow(m_places, &m_window);
    m_wizard->setPlayback(m_playback);
    tellPack();
    connect(m_wizard, &TrainingWindow::chatRequested, this, [this](const QString& folder) {
      m_parts.guide.use(folder);
      m_parts.conversation.startNew();
      Q_EMIT chatWanted();
    });
  }
  m_wizard->show();
  m_wizard->raise();
  m_wizard->activateWindow();
}

void TrainingDoor::tellPack() {
  if (!m_wizard) return;
  const bool ready = m_parts.pack.phase() == PackState::Phase::Ready;
  m_wizard->setPack(ready ? m_parts.pack.folder() : QString(), ready ? m_parts.pack.name() : QString());
}

}  // namespace xllm::ui
