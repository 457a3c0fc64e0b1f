#include "core/encoders/precision.h"

#include <ATen/cpu/Utils.h>

namespace xllm::encoders {

Precision fastestPrecision() {
  const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto has = [&](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.isBool() && found->second.toBool();
  };
  return has("amx_bf16") || has("avx512_bf16") ? Precision::BFloat16 : Precision::Float32;
}

at::ScalarType scalarType(Precision precision) { return precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat; }

}  // namespace xllm::encoders
