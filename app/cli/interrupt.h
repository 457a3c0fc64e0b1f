// Ctrl+C as a stop token. Make one at the start of main, before any other thread exists.
#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>
#include <thread>

namespace xllm::cli {

// SIGINT and SIGTERM (Windows: Ctrl+C, Ctrl+Break, and interruptProcess()) ask the current token to stop; a second one
// while that is under way, half a second later or more, ends the process with code 130.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Any thread.
  std::stop_token token() const;
  bool happened() const { return token().stop_requested(); }
  void reset();  // a fresh token for the next answer (interactive chat)

 private:
  void listen(std::stop_token end);  // m_thread
  bool ask();                        // false: it was asked before

  mutable std::mutex m_mutex;
  std::stop_source m_source;                        // guarded by m_mutex
  std::chrono::steady_clock::time_point m_asked{};  // guarded by m_mutex
  std::jthread m_thread;
};

}  // namespace xllm::cli
