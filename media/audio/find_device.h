// From the id of a device, or none, to the one that is opened.
#pragma once

#include <QAudioDevice>
#include <QByteArray>

namespace xllm::media {

// Any thread that may wait for the sound system. The one of that id; else the system's default; null: there is none.
QAudioDevice findMicrophone(const QByteArray& id);
QAudioDevice findLoudspeakers(const QByteArray& id);

bool isMicrophoneThere(const QByteArray& id);

}  // namespace xllm::media
