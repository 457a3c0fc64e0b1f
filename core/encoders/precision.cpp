#include "core/encoders/precision.h"

#include <ATen/cpu/Utils.h>

#include "core/kernels/int8_linear.h"

namespace xllm::encoders {
namespace {

bool has(const char* name) {
  static const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto found = capabilities.find(name);
  return found != capabilities.end() && found->second.isBool() && found->second.toBool();
}

bool isAmd() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  return __builtin_cpu_is("amd") != 0;
#else
  return false;
#endif
}

}  // namespace

bool hasAmx() { return has("amx_bf16"); }

// Intel's AVX512-BF16 multiplies no more numbers in a cycle than its float32 units do, and the conversions come on top:
// without AMX, Whisper base takes 1.4 times as long in bfloat16 there. AMD's multiplies twice as many.
Precision fastestPrecision() {
  return hasAmx() || (has("avx512_bf16") && isAmd()) ? Precision::BFloat16 : Precision::Float32;
}

Precision fastestWithInt8() { return kernels::int8IsFast() && !hasAmx() ? Precision::Int8 : fastestPrecision(); }

at::ScalarType scalarType(Precision precision) { return precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat; }

}  // namespace xllm::encoders
