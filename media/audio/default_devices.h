// Which microphone and which loudspeakers the system means when a program names none. Qt 6.4 knows that of PulseAudio's
// loudspeakers as they were when it began, and of its microphones not at all.
#pragma once

#include <QByteArray>
#include <memory>

namespace xllm::media {

// Any thread, one at a time.
class DefaultDevices {
 public:
  DefaultDevices();  // connects to a sound server, which answers in milliseconds: not on the GUI thread
  ~DefaultDevices();

  // AudioDevice::id, as it is now; empty: no sound server tells, and Qt's word counts.
  QByteArray microphone() const;
  QByteArray loudspeakers() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> m_watch;
};

}  // namespace xllm::media
