#include "app/cli/interrupt.h"

namespace xllm::cli {

Interrupt::~Interrupt() = default;

std::stop_token Interrupt::token() const {
  const std::lock_guard lock(m_mutex);
  return m_source.get_token();
}

void Interrupt::reset() {
  const std::lock_guard lock(m_mutex);
  m_source = std::stop_source();
}

bool Interrupt::ask() {
  // `timeout` and shells send one to the program and the same one to its group.
  constexpr std::chrono::milliseconds kSameOne{500};
  const std::lock_guard lock(m_mutex);
  const auto now = std::chrono::steady_clock::now();
  if (!m_source.request_stop()) return now - m_asked < kSameOne;
  m_asked = now;
  return true;
}

}  // namespace xllm::cli
