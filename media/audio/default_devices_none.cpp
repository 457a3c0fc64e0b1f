#include "media/audio/default_devices.h"

namespace xllm::media {

struct DefaultDevices::Watch {};

DefaultDevices::DefaultDevices() = default;
DefaultDevices::~DefaultDevices() = default;

QByteArray DefaultDevices::microphone() const { return {}; }
QByteArray DefaultDevices::loudspeakers() const { return {}; }

}  // namespace xllm::media
