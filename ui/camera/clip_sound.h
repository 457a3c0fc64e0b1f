// What a clip needs to know of a microphone, so that it can be recorded without one. Leaves how sound is captured to
// microphone_sound.h.
#pragma once

#include <QList>
#include <QObject>
#include <QString>

namespace xllm::ui {

// GUI thread.
class ClipSound : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  static constexpr int kRateHz = 16000;

  virtual void start() = 0;  // heard() comes until stop(), or failed() does
  virtual void stop() = 0;   // closes the microphone

 Q_SIGNALS:
  void heard(const QList<float>& samples);  // one channel in [-1, 1], in order, at kRateHz
  void failed(const QString& details);      // there is no microphone, or it may not be used, or it went away
};

}  // namespace xllm::ui
