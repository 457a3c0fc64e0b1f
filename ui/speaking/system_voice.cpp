#include "ui/speaking/system_voice.h"

#include <algorithm>
#include <utility>

#include "ui/speaking/voice_worker.h"

namespace xllm::ui {

SystemVoice::SystemVoice(QObject* parent) : Voice(parent) {}

SystemVoice::~SystemVoice() {
  m_thread.quit();
  m_thread.wait();
}

void SystemVoice::wake() {
  if (m_worker) return;
  m_worker = new VoiceWorker;
  m_worker->moveToThread(&m_thread);
  connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
  connect(m_worker, &VoiceWorker::found, this, [this](const QList<Offered>& offers) {
    m_looked = true;
    m_offers = offers;
    Q_EMIT offersChanged();
  });
  connect(m_worker, &VoiceWorker::began, this, [this](quint64 number) {
    if (number == m_saying) Q_EMIT began();
  });
  connect(m_worker, &VoiceWorker::ended, this, [this](quint64 number) {
    if (number == m_saying) Q_EMIT ended();
  });
  connect(m_worker, &VoiceWorker::failed, this, [this](quint64 number, const QString& sentence) {
    if (number == m_saying) Q_EMIT failed(sentence.isEmpty() ? whyNot() : sentence);
  });
  m_thread.start();
  ask([choice = m_choice](VoiceWorker& worker) {
    worker.choose(choice);
    worker.load();
  });
}

QString SystemVoice::whyNot() const {
#if defined(Q_OS_LINUX) || defined(Q_OS_FREEBSD)
  return tr(
      "This computer has no voice. Install speech-dispatcher with espeak-ng and Qt's plug-in for it, or flite, and "
      "start "
      "the program again.");
#else
  return tr("This computer has no voice. Add one in the system's settings of speech, and start the program again.");
#endif
}

void SystemVoice::choose(const VoiceChoice& choice) {
  m_choice = choice;
  if (m_worker) ask([choice](VoiceWorker& worker) { worker.choose(choice); });
}

void SystemVoice::say(const QString& text, const QLocale& language) {
  wake();
  const quint64 number = ++m_lastNumber;
  m_saying = number;
  ask([this, number, text, language](VoiceWorker& worker) {
    if (number == m_saying) worker.say(number, text, language);
  });
}

void SystemVoice::pause() {
  if (m_worker) ask([](VoiceWorker& worker) { worker.pause(); });
}

void SystemVoice::resume() {
  if (m_worker) ask([](VoiceWorker& worker) { worker.resume(); });
}

void SystemVoice::stop() {
  m_saying = 0;
  if (m_worker) ask([](VoiceWorker& worker) { worker.stop(); });
}

void SystemVoice::ask(std::function<void(VoiceWorker&)> what) {
  QMetaObject::invokeMethod(
      m_worker, [worker = m_worker, what = std::move(what)] { what(*worker); }, Qt::QueuedConnection);
}

}  // namespace xllm::ui
