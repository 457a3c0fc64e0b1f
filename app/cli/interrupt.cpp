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
  const std::lock_guard lock(m_mutex);
  return m_source.request_stop();
}

}  // namespace xllm::cli
