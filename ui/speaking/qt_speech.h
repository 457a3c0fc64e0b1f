// Speaks through Qt's TextToSpeech: speech-dispatcher, SAPI, WinRT, AVFoundation. Never through the engine that is
// there for tests, nor through the plug-in for flite as it is before Qt 6.6: it breaks off where loudspeakers play with
// little delay, and crashes when it is stopped then. (flite_speech.h is for that.)
#pragma once

#include <QTextToSpeech>
#include <QTimer>
#include <memory>

#include "ui/speaking/speech_engine.h"

namespace xllm::ui {

class QtSpeech final : public SpeechEngine {
  Q_OBJECT

 public:
  static std::unique_ptr<QtSpeech> open();  // the first engine that has voices; null: there is none

  QList<Voice::Offered> voices() const override { return m_voices; }
  void say(const QString& text, const VoiceChoice& choice) override;
  void pause() override;
  void resume() override;
  void stop() override;

 private:
  explicit QtSpeech(const QString& engine);

  void start();
  void halt();
  void onState(QTextToSpeech::State state);
  bool pausesByItself() const;
  void choose();

  QTextToSpeech m_engine;
  QList<Voice::Offered> m_voices;
  QString m_text;  // being said or waiting; empty: nothing
  VoiceChoice m_choice;
  bool m_isPaused = false;
  bool m_isBusy = false;           // the engine: from its say() until it is ready again
  bool m_isHeard = false;          // what it is busy with
  bool m_startsWhenReady = false;  // what it is busy with is being stopped
  QTimer m_halting;                // runs while it is
};

}  // namespace xllm::ui
