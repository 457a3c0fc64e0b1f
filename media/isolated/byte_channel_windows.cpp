#include <windows.h>

#include <algorithm>

#include "media/isolated/byte_channel.h"

namespace xllm::media {

namespace {

constexpr std::size_t kAtOnce = 1 << 20;  // a call takes 32 bits

::HANDLE handleOf(std::intptr_t end) { return reinterpret_cast<::HANDLE>(end); }

std::intptr_t standard(::DWORD which) { return reinterpret_cast<std::intptr_t>(::GetStdHandle(which)); }

}  // namespace

ByteChannel ByteChannel::ofStandardStreams() { return {standard(STD_INPUT_HANDLE), standard(STD_OUTPUT_HANDLE)}; }

bool ByteChannel::read(std::span<std::byte> to) {
  while (!to.empty()) {
    ::DWORD count = 0;
    const auto wanted = static_cast<::DWORD>(std::min(to.size(), kAtOnce));
    if (!::ReadFile(handleOf(m_in), to.data(), wanted, &count, nullptr) || count == 0) return false;
    to = to.subspan(count);
  }
  return true;
}

bool ByteChannel::write(std::span<const std::byte> from) {
  while (!from.empty()) {
    ::DWORD count = 0;
    const auto wanted = static_cast<::DWORD>(std::min(from.size(), kAtOnce));
    if (!::WriteFile(handleOf(m_out), from.data(), wanted, &count, nullptr) || count == 0) return false;
    from = from.subspan(count);
  }
  return true;
}

void ByteChannel::close() {
  if (m_in != kNone) ::CloseHandle(handleOf(m_in));
  if (m_out != kNone && m_out != m_in) ::CloseHandle(handleOf(m_out));
  m_in = m_out = kNone;
}

void ByteChannel::cutOff() const {}

}  // namespace xllm::media
