#include "media/audio/pulse_connection.h"

#include <utility>

namespace xllm::media {

namespace {

constexpr pa_usec_t kPatience = PA_USEC_PER_SEC * 2;

void forget(pa_operation* operation) {
  if (operation != nullptr) pa_operation_unref(operation);
}

tl::unexpected<Error> noServer() {
  return fail(ErrorCode::DeviceLost, "No sound server answers, so what the loudspeakers play is not known.");
}

}  // namespace

PulseConnection::PulseConnection(Told told) : m_told(std::move(told)), m_loop(pa_threaded_mainloop_new()) {}

PulseConnection::~PulseConnection() {
  if (!m_loop) return;
  {
    const Lock held(m_loop.get());
    if (m_context != nullptr) {
      pa_context_set_state_callback(m_context, nullptr, nullptr);
      pa_context_set_subscribe_callback(m_context, nullptr, nullptr);
      pa_context_disconnect(m_context);
      pa_context_unref(m_context);
    }
  }
  pa_threaded_mainloop_stop(m_loop.get());
}

Result<void> PulseConnection::connect(const std::function<bool()>& ready) {
  if (!m_loop || pa_threaded_mainloop_start(m_loop.get()) < 0) return noServer();
  const Lock held(m_loop.get());
  m_context = pa_context_new(pa_threaded_mainloop_get_api(m_loop.get()), "X-LLM");
  if (m_context == nullptr) return noServer();
  pa_context_set_state_callback(
      m_context,
      [](pa_context* context, void* self) {
        auto* connection = static_cast<PulseConnection*>(self);
        if (pa_context_get_state(context) == PA_CONTEXT_READY) connection->follow();
        connection->wake();
      },
      this);
  if (pa_context_connect(m_context, nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) < 0) return noServer();
  pa_context_rttime_new(
      m_context, pa_rtclock_now() + kPatience,
      [](pa_mainloop_api* api, pa_time_event* event, const timeval*, void* self) {
        auto* connection = static_cast<PulseConnection*>(self);
        connection->m_outOfTime = true;
        api->time_free(event);
        connection->wake();
      },
      this);
  while (!ready()) {
    if (!isGood() || m_outOfTime) return noServer();
    pa_threaded_mainloop_wait(m_loop.get());
  }
  return {};
}

void PulseConnection::wake() { pa_threaded_mainloop_signal(m_loop.get(), 0); }

bool PulseConnection::isGood() const {
  return m_context != nullptr && PA_CONTEXT_IS_GOOD(pa_context_get_state(m_context));
}

void PulseConnection::follow() {
  pa_context_set_subscribe_callback(
      m_context,
      [](pa_context*, pa_subscription_event_type_t, std::uint32_t, void* self) {
        static_cast<PulseConnection*>(self)->ask();
      },
      this);
  forget(pa_context_subscribe(m_context, PA_SUBSCRIPTION_MASK_SERVER, nullptr, nullptr));
  ask();
}

void PulseConnection::ask() {
  forget(pa_context_get_server_info(
      m_context,
      [](pa_context* context, const pa_server_info* server, void* self) {
        auto* connection = static_cast<PulseConnection*>(self);
        if (server != nullptr) connection->m_told(*context, *server);
        connection->wake();
      },
      this));
}

}  // namespace xllm::media
