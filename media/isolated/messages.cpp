#include "media/isolated/messages.h"

namespace xllm::media {

namespace {

constexpr std::size_t kSmall = 4096;  // copying so much costs less than another call of the system

}  // namespace

bool Sender::bytes(std::span<const std::byte> from) {
  if (from.size() <= kSmall) {
    m_waiting.insert(m_waiting.end(), from.begin(), from.end());
    return m_waiting.size() <= kSmall || flush();
  }
  return flush() && m_channel.write(from);
}

bool Sender::flush() {
  const bool isSent = m_channel.write(m_waiting);
  m_waiting.clear();
  return isSent;
}

}  // namespace xllm::media
