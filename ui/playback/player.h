// What the window needs to know of loudspeakers, so that it can be tested without them: one recording at a time. Leaves
// which one, and who wants it, to playback.h.
#pragma once

#include <QObject>
#include <QString>

#include "core/generation/chat_request.h"

namespace xllm::ui {

// GUI thread; no call waits.
class Player : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  virtual void play(const generation::Sound& sound, double fromSeconds) = 0;  // in place of what is played
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void seek(double seconds) = 0;
  virtual void stop() = 0;  // not an ended()

 Q_SIGNALS:
  void moved(double seconds);  // many times a second while it plays, and after seek()
  void ended();                // it was heard to its end
  void failed(const QString& details);
};

}  // namespace xllm::ui
