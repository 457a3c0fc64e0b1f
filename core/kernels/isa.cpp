#include "core/kernels/isa.h"

#include <cstdlib>

namespace xllm::kernels {
namespace {

std::vector<Isa> detect() {
  std::vector<Isa> found = {Isa::Plain};
#if defined(__x86_64__)
  // These ask the processor and, through XGETBV, whether the operating system saves the wide registers.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) {
    found.push_back(Isa::Avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
      found.push_back(Isa::Avx512Vnni);
    }
  }
#endif
  return found;
}

}  // namespace

const std::vector<Isa>& availableIsas() {
  static const std::vector<Isa> found = detect();
  return found;
}

Isa activeIsa() {
  if (const char* wanted = std::getenv("XLLM_ISA")) {
    for (const Isa isa : availableIsas()) {
      if (toString(isa) == wanted) return isa;
    }
  }
  return availableIsas().back();
}

std::string_view toString(Isa isa) {
  switch (isa) {
    case Isa::Plain: return "plain";
    case Isa::Avx2: return "avx2";
    case Isa::Avx512Vnni: return "avx512vnni";
  }
  return "unknown";
}

}  // namespace xllm::kernels
