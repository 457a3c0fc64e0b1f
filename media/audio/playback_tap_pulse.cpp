#include <mutex>
#include <string>
#include <utility>

#include "media/audio/mono_converter.h"
#include "media/audio/playback_tap.h"
#include "media/audio/pulse_connection.h"
#include "media/audio/sample_ring.h"

namespace xllm::media {

namespace {

constexpr std::size_t kMostWaiting = kListeningRateHz;
constexpr std::uint32_t kFragmentBytes = kListeningRateHz / 100 * sizeof(float);

// Everything but `m_ring` is touched under the connection's lock, which callbacks hold.
class PulseTap final : public PlaybackTap {
 public:
  PulseTap()
      : m_connection([this](pa_context& context, const pa_server_info& server) {
          if (server.default_sink_name != nullptr) tap(context, server.default_sink_name);
        }) {}
  PulseTap(const PulseTap&) = delete;
  PulseTap& operator=(const PulseTap&) = delete;
  ~PulseTap() override {
    const auto held = m_connection.lock();
    closeStream();
  }

  Result<void> connect() {
    return m_connection.connect(
        [this] { return m_stream != nullptr && pa_stream_get_state(m_stream) == PA_STREAM_READY; });
  }

  bool take(std::span<float> to) override {
    const std::lock_guard lock(m_mutex);
    return m_ring.take(to);
  }
  std::size_t waiting() const override {
    const std::lock_guard lock(m_mutex);
    return m_ring.size();
  }
  void drop(std::size_t count) override {
    const std::lock_guard lock(m_mutex);
    m_ring.drop(count);
  }
  bool lost() const override {
    const auto held = m_connection.lock();
    return !m_connection.isGood();
  }

 private:
  void tap(pa_context& context, const char* loudspeakers);
  void closeStream();
  void deliver();

  pa_stream* m_stream = nullptr;
  std::string m_loudspeakers;  // whose monitor m_stream is
  mutable std::mutex m_mutex;
  SampleRing m_ring{kMostWaiting};  // guarded by m_mutex
  PulseConnection m_connection;     // last: its thread ends first
};

void PulseTap::tap(pa_context& context, const char* loudspeakers) {
  if (m_stream != nullptr && m_loudspeakers == loudspeakers && PA_STREAM_IS_GOOD(pa_stream_get_state(m_stream))) return;
  closeStream();
  m_loudspeakers = loudspeakers;
  const pa_sample_spec format{.format = PA_SAMPLE_FLOAT32NE, .rate = kListeningRateHz, .channels = 1};
  m_stream = pa_stream_new(&context, "echo cancellation", &format, nullptr);
  if (m_stream == nullptr) return;
  pa_stream_set_state_callback(
      m_stream, [](pa_stream*, void* self) { static_cast<PulseTap*>(self)->m_connection.wake(); }, this);
  pa_stream_set_read_callback(
      m_stream, [](pa_stream*, std::size_t, void* self) { static_cast<PulseTap*>(self)->deliver(); }, this);
  constexpr auto kAny = static_cast<std::uint32_t>(-1);
  const pa_buffer_attr buffer{
      .maxlength = kAny, .tlength = kAny, .prebuf = kAny, .minreq = kAny, .fragsize = kFragmentBytes};
  pa_stream_connect_record(m_stream, (m_loudspeakers + ".monitor").c_str(), &buffer,
                           static_cast<pa_stream_flags_t>(PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_MOVE));
}

void PulseTap::closeStream() {
  if (m_stream == nullptr) return;
  pa_stream_set_state_callback(m_stream, nullptr, nullptr);
  pa_stream_set_read_callback(m_stream, nullptr, nullptr);
  pa_stream_disconnect(m_stream);
  pa_stream_unref(std::exchange(m_stream, nullptr));
}

void PulseTap::deliver() {
  const void* data = nullptr;
  std::size_t bytes = 0;
  while (pa_stream_readable_size(m_stream) > 0 && pa_stream_peek(m_stream, &data, &bytes) == 0 && bytes > 0) {
    if (data != nullptr) {  // null: a hole, as after an overflow
      const std::lock_guard lock(m_mutex);
      m_ring.push({static_cast<const float*>(data), bytes / sizeof(float)});
    }
    pa_stream_drop(m_stream);
  }
}

}  // namespace

Result<std::unique_ptr<PlaybackTap>> PlaybackTap::open() {
  auto tap = std::make_unique<PulseTap>();
  if (auto connected = tap->connect(); !connected) return tl::unexpected(connected.error());
  return tap;
}

}  // namespace xllm::media
