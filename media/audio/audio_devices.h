// The microphones and loudspeakers of this computer, and word of those that come and go. What a loudspeaker plays
// (PulseAudio's monitors) is not among the microphones: playback_tap.h.
#pragma once

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <atomic>
#include <memory>

class QTimer;

namespace xllm::media {

class DefaultDevices;

struct AudioDevice {
  QByteArray id;  // QAudioDevice::id(): stays the same when it is plugged in again
  QString name;   // for people, in the system's language
  bool isDefault = false;
  bool operator==(const AudioDevice&) const = default;
};

// Looks once a second as long as it lives, on a thread of its own: Qt 6.4 does not tell of what comes and goes with
// PulseAudio. Make one where the lists are shown. To be used on one thread, which has an event loop; it does not wait
// for the sound system. The default device comes first.
class AudioDevices final : public QObject {
  Q_OBJECT

 public:
  explicit AudioDevices(QObject* parent = nullptr);
  ~AudioDevices() override;  // waits for the sound system's answer, if it was just asked

  const QList<AudioDevice>& microphones() const { return m_microphones; }
  const QList<AudioDevice>& loudspeakers() const { return m_loudspeakers; }
  bool known() const { return m_known; }  // false: nothing was answered yet, and the lists are empty for that reason

 Q_SIGNALS:
  void changed();  // also the first time they are known

 private:
  void look();
  void learn(const QList<AudioDevice>& microphones, const QList<AudioDevice>& loudspeakers);

  QTimer* m_timer;
  QList<AudioDevice> m_microphones, m_loudspeakers;
  bool m_known = false;
  std::atomic<bool> m_looking = false;
  std::unique_ptr<DefaultDevices> m_defaults;  // touched on m_thread alone
  QThreadPool m_thread;                        // last: its work ends first
};

}  // namespace xllm::media
