// Proves that the GUI thread was never held up: a timer that is due every few milliseconds, and the longest time that
// it was not served. Tests only.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <algorithm>

namespace xllm::tests {

class Heartbeat {
 public:
  Heartbeat() {
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kIntervalMs);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { beat(); });
    m_since.start();
    m_timer.start();
  }
  // How long it waited at most since it was made or asked last, beyond its interval.
  qint64 longestMs() {
    beat();
    return std::exchange(m_longest, 0);
  }

 private:
  static constexpr int kIntervalMs = 5;
  void beat() { m_longest = std::max(m_longest, m_since.restart() - kIntervalMs); }

  QTimer m_timer;
  QElapsedTimer m_since;
  qint64 m_longest = 0;
};

}  // namespace xllm::tests
