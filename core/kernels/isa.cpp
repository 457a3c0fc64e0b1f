#include "core/kernels/isa.h"

#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/kernels/tile_permission.h"

namespace xllm::kernels {
namespace {

#if defined(__x86_64__)
// These two __builtin_cpu_supports does not know in every compiler.
bool hasF16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
bool hasAvxVnni() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & bit_AVXVNNI) != 0;
}
bool hasAmx() {
  constexpr unsigned kTiles = 1U << 24, kInt8 = 1U << 25;  // compilers call them by different names
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kTiles) != 0 && (edx & kInt8) != 0;
}
#endif

std::vector<Isa> detect() {
  std::vector<Isa> found = {Isa::Plain};
#if defined(__x86_64__)
  // These ask the processor and, through XGETBV, whether the operating system saves the wide registers.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && hasF16c()) {
    found.push_back(Isa::Avx2);
    if (hasAvxVnni()) found.push_back(Isa::AvxVnni);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
      if (hasAmx() && mayUseTiles()) found.push_back(Isa::Amx);
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
    case Isa::AvxVnni: return "avxvnni";
    case Isa::Amx: return "amx";
    case Isa::Avx512Vnni: return "avx512vnni";
  }
  return "unknown";
}

}  // namespace xllm::kernels
