// One way of this computer to turn text into sound. Lives on the thread of voice_worker.h, which chooses voices and
// knows which text is meant.
#pragma once

#include <QObject>

#include "ui/speaking/voice.h"

namespace xllm::ui {

class SpeechEngine : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  virtual QList<Voice::Offered> voices() const = 0;
  // In place of what is being said. `choice.name`: one of voices(), or empty.
  virtual void say(const QString& text, const VoiceChoice& choice) = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void stop() = 0;

 Q_SIGNALS:
  void began();  // as of Voice
  void ended();
  void failed(const QString& details);
};

}  // namespace xllm::ui
