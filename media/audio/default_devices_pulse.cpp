#include "media/audio/default_devices.h"
#include "media/audio/pulse_connection.h"

namespace xllm::media {

struct DefaultDevices::Watch {
  QByteArray microphone, loudspeakers;  // under the connection's lock
  bool known = false;
  PulseConnection connection{[this](pa_context&, const pa_server_info& server) {
    microphone = server.default_source_name;
    loudspeakers = server.default_sink_name;
    known = true;
  }};
};

DefaultDevices::DefaultDevices() : m_watch(std::make_unique<Watch>()) {
  if (!m_watch->connection.connect([this] { return m_watch->known; })) m_watch.reset();
}

DefaultDevices::~DefaultDevices() = default;

QByteArray DefaultDevices::microphone() const {
  if (!m_watch) return {};
  const auto held = m_watch->connection.lock();
  return m_watch->microphone;
}

QByteArray DefaultDevices::loudspeakers() const {
  if (!m_watch) return {};
  const auto held = m_watch->connection.lock();
  return m_watch->loudspeakers;
}

}  // namespace xllm::media
