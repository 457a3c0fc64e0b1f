// What a program that will be killed says it has shown: "shown ID LENGTH MILLISECONDS" a line, by the clock that all
// programs share. Tests only.
#pragma once

#include <chrono>
#include <cstdio>

#include "ui/history/records.h"

namespace xllm::tests {

inline qint64 clockMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

inline void tell(ui::MessageId id, qsizetype length) {
  std::printf("shown %lld %lld %lld\n", static_cast<long long>(id), static_cast<long long>(length),
              static_cast<long long>(clockMs()));
  std::fflush(stdout);
}

}  // namespace xllm::tests
