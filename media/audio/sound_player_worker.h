// The half of SoundPlayer that waits for the sound system, on SoundPlayer's thread. Only sound_player.cpp includes it.
#pragma once

#include <QByteArray>
#include <QIODevice>
#include <QObject>
#include <QString>
#include <memory>

#include "core/base/audio_clip.h"

class QAudioSink;
class QTimer;

namespace xllm::media {

// Hands out the bytes of a recording and knows how many are gone.
class ClipStream final : public QIODevice {
 public:
  using QIODevice::QIODevice;

  void restart(QByteArray bytes, qint64 from);
  void goTo(qint64 byte) { m_place = byte; }
  qint64 place() const { return m_place; }
  qint64 length() const { return m_bytes.size(); }

  bool isSequential() const override { return true; }
  qint64 bytesAvailable() const override { return m_bytes.size() - m_place + QIODevice::bytesAvailable(); }

 protected:
  qint64 readData(char* to, qint64 most) override;
  qint64 writeData(const char*, qint64) override { return -1; }

 private:
  QByteArray m_bytes;
  qint64 m_place = 0;
};

// `run` says which play() or seek() something belongs to.
class SoundPlayerWorker final : public QObject {
  Q_OBJECT

 public:
  SoundPlayerWorker();
  ~SoundPlayerWorker() override;

  void play(quint64 run, const std::shared_ptr<const AudioClip>& clip, const QByteArray& device, double fromSeconds);
  void pause();
  void resume();
  void seek(quint64 run, double seconds);
  void stop();

 Q_SIGNALS:
  void moved(quint64 run, double seconds);
  void ended(quint64 run);
  void failed(quint64 run, const QString& details);

 private:
  void startSink();
  void onState();
  void tellPlace();
  qint64 byteAt(double seconds) const;

  quint64 m_run = 0;
  bool m_paused = false;
  ClipStream m_stream;
  std::unique_ptr<QAudioSink> m_sink;
  QTimer* m_timer;
};

}  // namespace xllm::media
