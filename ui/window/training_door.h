// From the window to the training wizard and back: the menu's line, the wizard knowing which pack is loaded, and the
// pack that came out of it being opened in a new chat. Leaves training to ui/training.
#pragma once

#include <QObject>

#include "ui/training/training_window.h"

namespace xllm::ui {

class Actions;
class Conversation;
class PackGuide;
class PackState;

class TrainingDoor final : public QObject {
  Q_OBJECT

 public:
  struct Parts {
    PackState& pack;
    Actions& actions;
    Conversation& conversation;
    PackGuide& guide;
  };
  // All outlive this. `window` carries the wizard.
  TrainingDoor(const Parts& parts, TrainingPlaces places, QWidget& window);
  ~TrainingDoor() override;

  void setPlayback(Playback* playback);  // outlives this
  void open();
  void forget();  // the wizard goes, and with it what it knew of trainings that were deleted
  const TrainingPlaces& places() const { return m_places; }
  TrainingWindow* wizard() const { return m_wizard; }  // null until it was opened

 Q_SIGNALS:
  void chatWanted();  // the window is to come to the front

 private:
  void tellPack();

  Parts m_parts;
  const TrainingPlaces m_places;
  QWidget& m_window;
  TrainingWindow* m_wizard = nullptr;
  Playback* m_playback = nullptr;
};

}  // namespace xllm::ui
