// Speaks with flite, a small synthesiser for English that Linux systems bring: where it is installed, and there is no
// better voice. It makes a sentence's sound at once, and Qt Multimedia plays it, so pausing and stopping are immediate.
#pragma once

#include <QAudioSink>
#include <QBuffer>
#include <memory>

#include "ui/speaking/speech_engine.h"

namespace xllm::ui {

class FliteSpeech final : public SpeechEngine {
  Q_OBJECT

 public:
  static std::unique_ptr<FliteSpeech>
  open();  // null: it is not installed, or this program was built without its headers
  ~FliteSpeech() override;

  QList<Voice::Offered> voices() const override;
  void say(const QString& text, const VoiceChoice& choice) override;
  void pause() override;
  void resume() override;
  void stop() override;

 private:
  struct Library;

  explicit FliteSpeech(std::unique_ptr<Library> library);

  void play();
  void onState(QAudio::State state);

  std::unique_ptr<Library> m_library;
  QByteArray m_samples;  // of the text, 16 bit
  QAudioFormat m_format;
  double m_volume = 1;
  QBuffer m_source;
  std::unique_ptr<QAudioSink> m_sink;  // while something is said, or paused
  bool m_isPaused = false;
};

}  // namespace xllm::ui
