// Proves that the GUI thread was never held up: a timer that is due every few milliseconds, and the longest time that
// it was not served. Time in which other programs had the processor does not count. Tests only.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <algorithm>
#include <ctime>
#include <fstream>
#include <utility>

namespace xllm::tests {

class Heartbeat {
 public:
  Heartbeat() {
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kIntervalMs);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { beat(); });
    m_since.start();
    m_queued = queuedMs();
    m_timer.start();
  }
  int beats() const { return m_beats; }
  // How long it waited at most since it was made or asked last, beyond its interval.
  qint64 longestMs() {
    beat();
    return std::exchange(m_longest, 0);
  }

 private:
  static constexpr int kIntervalMs = 5;
  void beat() {
    ++m_beats;
    const qint64 queued = queuedMs();
    m_longest = std::max(m_longest, m_since.restart() - (queued - std::exchange(m_queued, queued)) - kIntervalMs);
  }
  // How long this thread was ready to run and did not get its turn, as Linux counts it; elsewhere 0.
  static qint64 queuedMs() {
    qint64 ran = 0, waited = 0;
    std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
    return waited / 1'000'000;
  }

  QTimer m_timer;
  QElapsedTimer m_since;
  qint64 m_queued = 0;
  qint64 m_longest = 0;
  int m_beats = 0;
};

// What this thread has worked so far, in milliseconds.
inline double busyMs() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace xllm::tests
