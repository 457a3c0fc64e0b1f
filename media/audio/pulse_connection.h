// One connection to PulseAudio's server, or PipeWire's in its place, on the thread that libpulse makes: which devices
// are the default ones now. Only where PulseAudio was found at build time.
#pragma once

#include <pulse/pulseaudio.h>

#include <functional>
#include <memory>

#include "core/base/result.h"

namespace xllm::media {

class PulseConnection {
 public:
  class Lock {
   public:
    explicit Lock(pa_threaded_mainloop* loop) : m_held(loop) { pa_threaded_mainloop_lock(m_held); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { pa_threaded_mainloop_unlock(m_held); }

   private:
    pa_threaded_mainloop* m_held;
  };

  // `told` is called under the loop's lock, on its thread: at first, and when a default device becomes another one.
  using Told = std::function<void(pa_context& context, const pa_server_info& server)>;
  explicit PulseConnection(Told told);
  ~PulseConnection();
  PulseConnection(const PulseConnection&) = delete;
  PulseConnection& operator=(const PulseConnection&) = delete;

  // Waits until `ready`, which is asked under the lock whenever something happened, two seconds at most. DeviceLost: no
  // server answers, or not in time.
  Result<void> connect(const std::function<bool()>& ready);
  Lock lock() const { return Lock(m_loop.get()); }
  void wake();          // under the lock: `ready` is asked
  bool isGood() const;  // under the lock

 private:
  struct FreeLoop {
    void operator()(pa_threaded_mainloop* loop) const { pa_threaded_mainloop_free(loop); }
  };

  void follow();
  void ask();

  Told m_told;
  std::unique_ptr<pa_threaded_mainloop, FreeLoop> m_loop;
  pa_context* m_context = nullptr;  // under the lock
  bool m_outOfTime = false;         // under the lock
};

}  // namespace xllm::media
