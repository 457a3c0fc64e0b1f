// Speaks, on the thread it lives on, through the best engine of this computer. What it tells carries the number of the
// text it is about: on its way to another thread it may be overtaken. Leaves which text, and when, to system_voice.h.
#pragma once

#include <QObject>
#include <QTimer>
#include <memory>

#include "ui/speaking/speech_engine.h"

namespace xllm::ui {

class VoiceWorker final : public QObject {
  Q_OBJECT

 public:
  VoiceWorker();
  ~VoiceWorker() override;

  void load();  // found() follows, once
  void choose(const VoiceChoice& choice) { m_choice = choice; }
  void say(quint64 number, const QString& text, const QLocale& language);
  void pause();
  void resume();
  void stop();

 Q_SIGNALS:
  void found(const QList<xllm::ui::Voice::Offered>& offers);
  void began(quint64 number);
  void ended(quint64 number);
  void failed(quint64 number, const QString& sentence);  // empty: there is no voice

 private:
  const Voice::Offered* voiceFor(const QLocale& language) const;  // null: nothing can read it
  void fail(const QString& sentence);

  std::unique_ptr<SpeechEngine> m_engine;
  QList<Voice::Offered> m_voices;
  VoiceChoice m_choice;
  quint64 m_number = 0;  // of what is being said; 0: nothing
  QTimer m_patience;     // an engine that says nothing at all
};

}  // namespace xllm::ui
