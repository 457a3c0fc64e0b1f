// When all of a pool's workers are worth asking, beside other programs. Internal to core/kernels.
//
// A program that keeps a processor busy takes turns with the worker that is there. A worker that has to wait for its
// turn in the middle of a chunk holds everybody up for some milliseconds, again and again; one that sleeps more than it
// runs is not made to wait. So once a good part of the time is lost in waiting for a worker, one of them is asked in
// short turns only, for a while; then it is tried with all again. What takes little time however often, such as a
// player of sound, is no company, nor is a single standstill: both cost less than a worker. Measured on two cores, one
// of them kept busy: 57 % of the undisturbed speed without, 65 to 80 % with it.
#pragma once

#include <algorithm>
#include <chrono>

namespace xllm::kernels {

class CompanyWatch {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::microseconds kTurn{500}, kRest{750}, kLate{300};
  static constexpr int kTolerated = 8;                              // one part in so many may be lost for good
  static constexpr std::chrono::milliseconds kEnough{9}, kMost{4};  // beyond it, lost; of one wait, counted
  static constexpr std::chrono::milliseconds kShortest{250}, kLongest{2000};  // while, until all are tried again

  // Whether a loop that begins now asks all workers, or all but one.
  bool wantsAll(Clock::time_point now) {
    if (now >= m_until) return true;
    return (now - m_since) % (kTurn + kRest) < kTurn;
  }
  // The caller ran out of chunks, which took it `chunk` each, and waited so long for the others.
  void waited(Clock::duration time, Clock::duration chunk, Clock::time_point now) {
    if (time < kLate + 2 * chunk || now < m_until) return;
    const Clock::duration forgiven = (now - m_last) / kTolerated;
    m_lost = std::max(m_lost - forgiven, Clock::duration{}) + std::min<Clock::duration>(time, kMost);
    m_last = now;
    if (m_lost < kEnough) return;
    const bool isBack = now - m_until < kShortest;  // it never went
    m_while = isBack ? std::min<Clock::duration>(2 * m_while, kLongest) : kShortest;
    m_since = now;
    m_until = m_last = now + m_while;
    m_lost = kEnough - kMost;  // by then little is needed to know it again
  }

 private:
  Clock::duration m_lost{};  // in waiting, beyond what is tolerated
  Clock::duration m_while{};
  Clock::time_point m_last;            // until when m_lost is counted
  Clock::time_point m_since, m_until;  // one of the workers takes turns
};

}  // namespace xllm::kernels
