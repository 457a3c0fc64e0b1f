#include "media/audio/sound_player_worker.h"

#include <QAudioDevice>
#include <QAudioSink>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "media/audio/find_device.h"
#include "media/audio/mono_converter.h"

namespace xllm::media {

namespace {

using namespace std::chrono_literals;

// As the recording is, if the device takes it so: then nothing is converted.
QAudioFormat formatFor(const QAudioDevice& device, int sampleRateHz) {
  QAudioFormat format;
  format.setSampleRate(sampleRateHz);
  format.setChannelCount(1);
  format.setSampleFormat(QAudioFormat::Float);
  return device.isFormatSupported(format) ? format : device.preferredFormat();
}

}  // namespace

void ClipStream::restart(QByteArray bytes, qint64 from) {
  close();
  m_bytes = std::move(bytes);
  m_place = from;
  open(QIODevice::ReadOnly | QIODevice::Unbuffered);
}

qint64 ClipStream::readData(char* to, qint64 most) {
  const qint64 count = std::min(most, m_bytes.size() - m_place);
  std::memcpy(to, m_bytes.constData() + m_place, static_cast<std::size_t>(count));
  m_place += count;
  return count;
}

SoundPlayerWorker::SoundPlayerWorker() : m_timer(new QTimer(this)) {
  m_timer->setInterval(40ms);
  connect(m_timer, &QTimer::timeout, this, &SoundPlayerWorker::tellPlace);
}

SoundPlayerWorker::~SoundPlayerWorker() { stop(); }

void SoundPlayerWorker::play(quint64 run, const std::shared_ptr<const AudioClip>& clip, const QByteArray& device,
                             double fromSeconds) {
  stop();
  m_run = run;
  m_paused = false;
  const QAudioDevice chosen = findLoudspeakers(device);
  if (chosen.isNull()) return Q_EMIT failed(run, tr("The sound system lists no loudspeakers."));
  const QAudioFormat format = formatFor(chosen, clip->sampleRateHz);
  auto bytes = toDeviceFormat(*clip, format);
  if (!bytes) return Q_EMIT failed(run, tr("The loudspeakers do not take the format of this recording."));
  m_sink = std::make_unique<QAudioSink>(chosen, format);
  connect(m_sink.get(), &QAudioSink::stateChanged, this, &SoundPlayerWorker::onState);
  m_stream.restart(std::move(*bytes), 0);
  m_stream.goTo(byteAt(fromSeconds));
  startSink();
}

void SoundPlayerWorker::startSink() {
  m_sink->start(&m_stream);
  if (m_paused) m_sink->suspend();
  m_timer->start();
}

void SoundPlayerWorker::pause() {
  if (!m_sink || std::exchange(m_paused, true)) return;
  m_sink->suspend();
  m_timer->stop();
  tellPlace();
}

void SoundPlayerWorker::resume() {
  if (!m_sink || !std::exchange(m_paused, false)) return;
  m_sink->resume();
  m_timer->start();
}

// What was handed over already would still be heard: the sink begins anew.
void SoundPlayerWorker::seek(quint64 run, double seconds) {
  if (!m_sink) return;
  m_run = run;
  {
    const QSignalBlocker blocker(m_sink.get());
    m_sink->reset();
    m_sink->stop();
  }
  m_stream.goTo(byteAt(seconds));
  if (m_paused) {
    m_paused = false;  // a sink that was never started cannot be suspended: it starts with resume()
    m_sink->blockSignals(true);
    startSink();
    pause();
    m_sink->blockSignals(false);
  } else {
    startSink();
  }
}

void SoundPlayerWorker::stop() {
  m_timer->stop();
  if (!m_sink) return;
  QAudioSink* sink = m_sink.release();  // perhaps in the middle of one of its signals
  sink->disconnect(this);
  sink->reset();
  sink->stop();
  sink->deleteLater();
}

void SoundPlayerWorker::onState() {
  if (!m_sink) return;
  const QAudio::Error error = m_sink->error();
  if (error == QAudio::OpenError || error == QAudio::IOError || error == QAudio::FatalError) {
    stop();
    Q_EMIT failed(m_run, tr("The loudspeakers cannot be used: another program holds them, or they were switched off."));
  } else if (m_sink->state() == QAudio::IdleState && m_stream.place() >= m_stream.length()) {
    stop();
    Q_EMIT ended(m_run);
  }
}

void SoundPlayerWorker::tellPlace() {
  if (!m_sink) return;
  const QAudioFormat format = m_sink->format();
  const qint64 waiting = std::max<qint64>(0, m_sink->bufferSize() - m_sink->bytesFree());
  const qint64 frames = std::max<qint64>(0, m_stream.place() - waiting) / format.bytesPerFrame();
  Q_EMIT moved(m_run, static_cast<double>(frames) / format.sampleRate());
}

qint64 SoundPlayerWorker::byteAt(double seconds) const {
  const QAudioFormat format = m_sink->format();
  const auto frame = static_cast<qint64>(std::max(0.0, seconds) * format.sampleRate());
  return std::min(frame * format.bytesPerFrame(), m_stream.length());
}

}  // namespace xllm::media
