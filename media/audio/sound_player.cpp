#include "media/audio/sound_player.h"

#include <algorithm>
#include <utility>

#include "media/audio/sound_player_worker.h"

namespace xllm::media {

SoundPlayer::SoundPlayer(QObject* parent) : QObject(parent), m_worker(new SoundPlayerWorker) {
  m_worker->moveToThread(&m_thread);
  connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
  connect(m_worker, &SoundPlayerWorker::moved, this, [this](quint64 run, double seconds) {
    if (run == m_run && m_state == State::Playing) moveTo(seconds);
  });
  connect(m_worker, &SoundPlayerWorker::ended, this, [this](quint64 run) {
    if (run != m_run) return;
    moveTo(duration());
    stop();
    Q_EMIT ended();
  });
  connect(m_worker, &SoundPlayerWorker::failed, this, [this](quint64 run, const QString& details) {
    if (run != m_run) return;
    stop();
    Q_EMIT failed(details);
  });
  m_thread.setObjectName(QStringLiteral("sound player"));
  m_thread.start();
}

SoundPlayer::~SoundPlayer() {
  m_thread.quit();
  m_thread.wait();
}

void SoundPlayer::play(std::shared_ptr<const AudioClip> clip, double fromSeconds) {
  m_clip = std::move(clip);
  ++m_run;
  if (!m_clip || m_clip->samples.empty()) {
    stop();
    Q_EMIT ended();
    return;
  }
  moveTo(fromSeconds);
  QMetaObject::invokeMethod(m_worker, [worker = m_worker, run = m_run, playing = m_clip, device = m_device,
                                       from = m_position] { worker->play(run, playing, device, from); });
  enter(State::Playing);
}

void SoundPlayer::pause() {
  if (m_state != State::Playing) return;
  QMetaObject::invokeMethod(m_worker, &SoundPlayerWorker::pause);
  enter(State::Paused);
}

void SoundPlayer::resume() {
  if (m_state != State::Paused) return;
  QMetaObject::invokeMethod(m_worker, &SoundPlayerWorker::resume);
  enter(State::Playing);
}

void SoundPlayer::seek(double seconds) {
  if (m_state == State::Stopped) return;
  ++m_run;
  moveTo(seconds);
  QMetaObject::invokeMethod(m_worker, [worker = m_worker, run = m_run, to = m_position] { worker->seek(run, to); });
}

void SoundPlayer::stop() {
  ++m_run;
  m_clip.reset();
  QMetaObject::invokeMethod(m_worker, &SoundPlayerWorker::stop);
  enter(State::Stopped);
}

void SoundPlayer::enter(State state) {
  if (std::exchange(m_state, state) != state) Q_EMIT stateChanged(state);
}

void SoundPlayer::moveTo(double seconds) {
  seconds = std::clamp(seconds, 0.0, duration());
  if (std::exchange(m_position, seconds) != seconds) Q_EMIT positionChanged(seconds);
}

}  // namespace xllm::media
