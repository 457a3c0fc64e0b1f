#include "ui/listening/microphone_listening.h"

#include <algorithm>
#include <utility>

#include "media/audio/microphone_permission.h"
#include "ui/listening/listening_worker.h"

namespace xllm::ui {

MicrophoneListening::MicrophoneListening(std::filesystem::path detectorWeights, QObject* parent)
    : Listening(parent), m_weights(std::move(detectorWeights)), m_worker(new ListeningWorker) {
  m_worker->moveToThread(&m_thread);
  connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
  connect(m_worker, &ListeningWorker::opened, this, [this](quint64, bool cancelsEcho, const QString& whyNot) {
    m_open = true;
    m_cancelsEcho = cancelsEcho;
    m_whyNot = whyNot;
    Q_EMIT opened();
  });
  connect(m_worker, &ListeningWorker::closed, this, [this] {
    m_open = false;
    m_cancelsEcho = false;
    Q_EMIT closed();
  });
  connect(m_worker, &ListeningWorker::troubled, this,
          [this](quint64, ListenTrouble what, const QString& details) { Q_EMIT troubled(what, details); });
  connect(m_worker, &ListeningWorker::levelChanged, this, &Listening::levelChanged);
  connect(m_worker, &ListeningWorker::told, this, &MicrophoneListening::tell);
  m_thread.setObjectName(QStringLiteral("listening"));
  m_thread.start(QThread::HighPriority);
}

MicrophoneListening::~MicrophoneListening() {
  m_thread.quit();
  m_thread.wait();
}

void MicrophoneListening::start(ListenMode mode, const ListenSettings& settings) {
  const quint64 run = ++m_run;
  media::askForMicrophone(this, [this, run, mode, settings](bool allowed) {
    if (run != m_run || run <= m_stopped) return;  // the person took long to decide
    if (allowed) return begin(run, mode, settings);
    Q_EMIT troubled(ListenTrouble::NotAllowed, tr("The system does not let this program use the microphone."));
    if (!m_open) Q_EMIT closed();
  });
}

void MicrophoneListening::begin(quint64 run, ListenMode mode, const ListenSettings& settings) {
  const ListeningWorker::Order order{.run = run, .mode = mode, .settings = settings, .detectorWeights = m_weights};
  QMetaObject::invokeMethod(m_worker, [worker = m_worker, order] { worker->start(order); });
}

void MicrophoneListening::stop() {
  m_stopped = m_run;
  QMetaObject::invokeMethod(m_worker, &ListeningWorker::stop);
}

void MicrophoneListening::drop() {
  m_stopped = m_droppedRun = m_run;
  QMetaObject::invokeMethod(m_worker, &ListeningWorker::drop);
}

void MicrophoneListening::setMuted(bool muted) {
  m_muted = muted;
  m_worker->setMuted(muted);
}

quint64 MicrophoneListening::samplesLost() const { return m_worker->samplesLost(); }

void MicrophoneListening::tell(quint64 run, const HeardEvent& event) {
  if (run <= m_droppedRun) return;
  switch (event.kind) {
    case HeardEvent::Kind::SpeechBegan: return Q_EMIT speechBegan();
    case HeardEvent::Kind::Grew: return Q_EMIT grew(event.sound);
    case HeardEvent::Kind::FellSilent: return Q_EMIT fellSilent(event.sound);
    case HeardEvent::Kind::Heard: return Q_EMIT heard(event.sound);
    case HeardEvent::Kind::HeardNothing: return Q_EMIT heardNothing();
    case HeardEvent::Kind::Complete: return;
  }
}

}  // namespace xllm::ui
