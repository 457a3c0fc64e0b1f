// The microphone of this computer for clips, on a thread of its own. Leaves capture to media/audio.
#pragma once

#include <QByteArray>
#include <QThread>

#include "ui/camera/clip_sound.h"

namespace xllm::ui {

class MicrophoneSound final : public ClipSound {
  Q_OBJECT

 public:
  explicit MicrophoneSound(QObject* parent = nullptr);
  ~MicrophoneSound() override;  // waits until the microphone is closed

  void setDevice(const QByteArray& device) { m_device = device; }  // AudioDevice::id; empty: the default. At start()
  void start() override;
  void stop() override;

 private:
  class Ear;  // lives on m_thread

  void open(quint64 run);

  QByteArray m_device;
  quint64 m_run = 0;  // of start(); what an earlier one still brings is not looked at
  Ear* m_ear = nullptr;
  QThread m_thread;
};

}  // namespace xllm::ui
