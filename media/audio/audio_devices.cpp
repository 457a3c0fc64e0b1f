#include "media/audio/audio_devices.h"

#include <QAudioDevice>
#include <QMediaDevices>
#include <QTimer>
#include <algorithm>
#include <chrono>

#include "media/audio/default_devices.h"

namespace xllm::media {

namespace {

using namespace std::chrono_literals;

QList<AudioDevice> asList(const QList<QAudioDevice>& devices, const QByteArray& standard,
                          const QByteArray& standardOfQt) {
  const bool known = std::ranges::find(devices, standard, &QAudioDevice::id) != devices.end();
  QList<AudioDevice> list;
  for (const QAudioDevice& device : devices) {
    list << AudioDevice{
        .id = device.id(), .name = device.description(), .isDefault = device.id() == (known ? standard : standardOfQt)};
  }
  std::ranges::stable_partition(list, [](const AudioDevice& device) { return device.isDefault; });
  return list;
}

}  // namespace

AudioDevices::AudioDevices(QObject* parent) : QObject(parent), m_timer(new QTimer(this)) {
  m_thread.setMaxThreadCount(1);
  connect(m_timer, &QTimer::timeout, this, &AudioDevices::look);
  m_timer->start(1s);
  look();
}

AudioDevices::~AudioDevices() {
  m_timer->stop();
  m_thread.waitForDone();
}

void AudioDevices::look() {
  if (m_looking.exchange(true)) return;  // the sound system takes its time
  m_thread.start([this] {
    if (!m_defaults) m_defaults = std::make_unique<DefaultDevices>();
    const QList<AudioDevice> microphones =
        asList(QMediaDevices::audioInputs(), m_defaults->microphone(), QMediaDevices::defaultAudioInput().id());
    const QList<AudioDevice> loudspeakers =
        asList(QMediaDevices::audioOutputs(), m_defaults->loudspeakers(), QMediaDevices::defaultAudioOutput().id());
    m_looking = false;
    QMetaObject::invokeMethod(
        this, [this, microphones, loudspeakers] { learn(microphones, loudspeakers); }, Qt::QueuedConnection);
  });
}

void AudioDevices::learn(const QList<AudioDevice>& microphones, const QList<AudioDevice>& loudspeakers) {
  if (m_known && microphones == m_microphones && loudspeakers == m_loudspeakers) return;
  m_known = true;
  m_microphones = microphones;
  m_loudspeakers = loudspeakers;
  Q_EMIT changed();
}

}  // namespace xllm::media
