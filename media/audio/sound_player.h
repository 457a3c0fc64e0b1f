// Plays one recording through the loudspeakers: pause, resume, seek, and where it is. The sound system is waited for on
// a thread of its own.
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QThread>
#include <memory>

#include "core/base/audio_clip.h"

namespace xllm::media {

class SoundPlayerWorker;

// GUI thread; no call waits for the sound system, but for the destructor, which waits until it is silent.
class SoundPlayer final : public QObject {
  Q_OBJECT

 public:
  enum class State { Stopped = 1, Playing, Paused };
  Q_ENUM(State)

  explicit SoundPlayer(QObject* parent = nullptr);
  ~SoundPlayer() override;

  void setDevice(const QByteArray& id) { m_device = id; }  // AudioDevice::id of play() from now on; empty: the default
  // From `fromSeconds` on, in place of what is playing. An empty clip ended() at once.
  void play(std::shared_ptr<const AudioClip> clip, double fromSeconds = 0);
  void pause();
  void resume();
  void seek(double seconds);  // clamped; while paused, too. Stopped: nothing
  void stop();                // not an ended()

  State state() const { return m_state; }
  double position() const { return m_position; }  // seconds into the clip; stays where it stopped until play()
  double duration() const { return m_clip ? m_clip->seconds() : 0.0; }
  std::shared_ptr<const AudioClip> clip() const { return m_clip; }  // null after stop() and ended()

 Q_SIGNALS:
  void stateChanged(xllm::media::SoundPlayer::State state);
  void positionChanged(double seconds);  // about 25 times a second while playing, and after seek()
  void ended();                          // it was heard to its end; Stopped by then
  void failed(const QString& details);   // no loudspeakers, or they went away; Stopped by then

 private:
  void enter(State state);
  void moveTo(double seconds);

  QByteArray m_device;
  std::shared_ptr<const AudioClip> m_clip;
  State m_state = State::Stopped;
  double m_position = 0;
  quint64 m_run = 0;  // counts play(), seek() and stop(): what the worker says of an older one is not heard
  QThread m_thread;
  SoundPlayerWorker* m_worker;  // lives on m_thread
};

}  // namespace xllm::media
