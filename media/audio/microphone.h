// One microphone, open: its sound as 16 kHz mono, whatever the device delivers. Leaves what is done with the sound, and
// on which thread, to whoever opens it.
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <span>

#include "media/audio/mono_converter.h"

class QAudioSource;
class QIODevice;
class QTimer;

namespace xllm::media {

enum class MicrophoneTrouble {
  NotAllowed = 1,  // it is there, and cannot be opened
  NoDevice,        // there is none
  Unplugged,       // it went away while it was open
  Failed,          // anything else; the details say what
};

// To be used on one thread, which has an event loop. Opening waits for the sound system: not on the GUI thread.
class Microphone final : public QObject {
  Q_OBJECT

 public:
  // 16 kHz mono in [-1, 1], in the order it was captured, about fifty times a second; `clipped`: some samples of the
  // device were at its limit.
  using Sink = std::function<void(std::span<const float> samples, bool clipped)>;

  explicit Microphone(Sink sink, QObject* parent = nullptr);
  ~Microphone() override;

  // `device`: AudioDevice::id; empty or not there: the default one. False: troubled() said why.
  bool open(const QByteArray& device);
  void close();  // nothing arrives any more; what the device had captured and not delivered is dropped
  bool isOpen() const { return m_source != nullptr; }
  QByteArray device() const { return m_device; }  // of the one that is open

 Q_SIGNALS:
  void troubled(xllm::media::MicrophoneTrouble what, const QString& details);  // it is closed by then

 private:
  void read();
  void watch();
  bool fail(MicrophoneTrouble what, const QString& details);

  Sink m_sink;
  QByteArray m_device;
  QString m_name;
  MonoConverter m_converter;
  std::unique_ptr<QAudioSource> m_source;
  QIODevice* m_stream = nullptr;  // of m_source
  QTimer* m_watch;
  int m_looksInVain = 0;  // of watch(), since samples arrived
};

}  // namespace xllm::media
