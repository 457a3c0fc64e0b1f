// A sound server of a test's own, without hardware: loudspeakers, a mouth that speaks into the air, and a microphone
// that hears the air, and the loudspeakers when there is a room between them. PulseAudio, in a folder of its own and
// beside the one of the person who runs the tests. Leaves out what is said: the test plays files.
#pragma once

#include <QHash>
#include <QList>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include "core/base/audio_clip.h"

namespace xllm::tests {

// One per process, made before anything of Qt Multimedia is used, as Qt connects to the sound server once.
class SoundServer {
 public:
  static inline const QString kMicrophone = QStringLiteral("microphone");
  static inline const QString kSpeakers = QStringLiteral("speakers");

  SoundServer() = default;
  ~SoundServer();

  // Empty, or a sentence: why there is none (PulseAudio is not installed, or did not start).
  QString start();

  // Loads a microphone that hears the air. It is the default. `format`: as pactl takes it, e.g. "rate=44100
  // channels=2".
  void addMicrophone(const QString& name = kMicrophone,
                     const QString& format = QStringLiteral("rate=48000 channels=2"));
  void removeMicrophone(const QString& name = kMicrophone);
  void setDefaultMicrophone(const QString& name);
  void setDefaultLoudspeakers(const QString& name);

  // What the loudspeakers play reaches the air later and softer, as in a room. `volume`: 1 is as loud as played.
  void addRoom(int delayMs = 80, double volume = 0.5);

  // Speaks into the air, or plays through the loudspeakers; returns at once. `wait` also until it was heard.
  void speak(const AudioClip& clip) { play(QStringLiteral("mouth"), clip); }
  void playAloud(const AudioClip& clip) { play(kSpeakers, clip); }
  void play(const QString& sink, const AudioClip& clip);
  void wait();

 private:
  QString run(const QStringList& command);  // of pactl; what it printed

  QTemporaryDir m_folder;
  QProcess m_server;
  QList<QProcess*> m_players;
  int m_played = 0;
  QHash<QString, QString> m_modules;  // of the microphones
};

}  // namespace xllm::tests
