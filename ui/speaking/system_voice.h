// The voices that the system brings: speech-dispatcher or flite on Linux, and those of Windows and macOS. They are
// loaded and spoken to on a thread of their own, since some wait for a service. Leaves which text, and in which
// language, to answer_reader.h.
#pragma once

#include <QThread>
#include <atomic>
#include <functional>

#include "ui/speaking/voice.h"

namespace xllm::ui {

class VoiceWorker;

class SystemVoice final : public Voice {
  Q_OBJECT

 public:
  explicit SystemVoice(QObject* parent = nullptr);  // loads nothing yet
  ~SystemVoice() override;                          // says nothing more; waits for what the system is doing

  void wake() override;
  bool canSpeak() const override { return !m_looked || !m_offers.isEmpty(); }
  QString whyNot() const override;
  QList<Offered> voices() const override { return m_offers; }
  void choose(const VoiceChoice& choice) override;
  void say(const QString& text, const QLocale& language) override;
  void pause() override;
  void resume() override;
  void stop() override;

 private:
  void ask(std::function<void(VoiceWorker&)> what);

  QThread m_thread;
  VoiceWorker* m_worker = nullptr;  // lives on the thread
  QList<Offered> m_offers;
  bool m_looked = false;
  VoiceChoice m_choice;
  quint64 m_lastNumber = 0;
  std::atomic<quint64> m_saying = 0;  // 0: nothing. The thread looks whether it is still wanted
};

}  // namespace xllm::ui
