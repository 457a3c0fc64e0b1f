// The reference: one number after the other.
#include <algorithm>
#include <cmath>

#include "core/kernels/int8_kernels.h"

namespace xllm::kernels {
namespace {

using Input = std::uint8_t;
constexpr std::int64_t kSide = 1;

RowScale roundRow(const float* x, std::int64_t count, void* rounded) {
  auto* const q = static_cast<Input*>(rounded);
  const auto [low, high] = std::minmax_element(x, x + count);
  const RowScale row = rowScale(std::min(*low, 0.0F), std::max(*high, 0.0F));
  const float inverse = row.scale > 0.0F ? 1.0F / row.scale : 0.0F;
  std::int64_t i = 0;
  for (; i < count; ++i) {
    const auto nearest = static_cast<std::int32_t>(std::nearbyint(x[i] * inverse)) + row.zero;
    q[i] = static_cast<Input>(std::clamp(nearest, 0, 255));
  }
  for (; i % kInt8Group != 0; ++i) q[i] = 0;
  return row;
}

float gelu(float x) { return 0.5F * x * (1.0F + std::erf(x * 0.707106781F)); }

void multiply(const Int8Task& task) {
  for (std::int64_t r = 0; r < task.rows; ++r) {
    const Input* const q = static_cast<const Input*>(task.q) + r * task.groups * kInt8Group;
    const RowScale& scale = task.rowScales[r];
    for (std::int64_t o = 0; o < task.outputs; ++o) {
      std::int32_t sum = 0;
      for (std::int64_t i = 0; i < task.groups * kInt8Group; ++i) {
        sum += q[i] * task.strip.weights[o * task.groups * kInt8Group + i];
      }
      const auto whole = static_cast<float>(sum - scale.zero * task.strip.sums[o]);
      const float y = whole * (task.strip.scales[o] * scale.scale) + task.strip.bias[o];
      float& to = task.y[r * task.stride + o];
      to = (task.gelu ? gelu(y) : y) + (task.add ? to : 0.0F);
    }
  }
}

}  // namespace

RowScale rowScale(float low, float high) {
  const float scale = (high - low) / 255.0F;
  return {scale, scale > 0.0F ? static_cast<std::int32_t>(std::nearbyint(-low / scale)) : 0};
}

const Int8Kernels& plainInt8Kernels() {
  static constexpr Int8Kernels kKernels = {kSide, sizeof(Input), 1, 1, roundRow, multiply};
  return kKernels;
}

const Int8Kernels& int8Kernels(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::Plain: break;
    case Isa::Avx2: return avx2Int8Kernels();
    case Isa::AvxVnni: return avxVnniInt8Kernels();
    case Isa::Amx: return amxInt8Kernels();
    case Isa::Avx512Vnni: return avx512Int8Kernels();
  }
#endif
  (void)isa;
  return plainInt8Kernels();
}

}  // namespace xllm::kernels
