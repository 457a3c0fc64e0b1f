#include "media/audio/find_device.h"

#include <QList>
#include <QMediaDevices>
#include <algorithm>

#include "media/audio/default_devices.h"

namespace xllm::media {

namespace {

QAudioDevice among(const QList<QAudioDevice>& devices, const QByteArray& id) {
  const auto found = std::ranges::find(devices, id, &QAudioDevice::id);
  return found != devices.end() ? *found : QAudioDevice();
}

}  // namespace

QAudioDevice findMicrophone(const QByteArray& id) {
  const QList<QAudioDevice> devices = QMediaDevices::audioInputs();
  if (QAudioDevice found = among(devices, id); !found.isNull()) return found;
  if (QAudioDevice found = among(devices, DefaultDevices().microphone()); !found.isNull()) return found;
  return QMediaDevices::defaultAudioInput();
}

QAudioDevice findLoudspeakers(const QByteArray& id) {
  const QList<QAudioDevice> devices = QMediaDevices::audioOutputs();
  if (QAudioDevice found = among(devices, id); !found.isNull()) return found;
  if (QAudioDevice found = among(devices, DefaultDevices().loudspeakers()); !found.isNull()) return found;
  return QMediaDevices::defaultAudioOutput();
}

bool isMicrophoneThere(const QByteArray& id) { return !among(QMediaDevices::audioInputs(), id).isNull(); }

}  // namespace xllm::media
