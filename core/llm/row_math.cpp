#include "core/llm/row_math.h"

#include <bit>
#include <cmath>

// One body, compiled for three instruction sets. Only functions of this file may be inlined into the clones.
#if defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define XLLM_FOR_EACH_ISA __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define XLLM_FOR_EACH_ISA
#endif

namespace xllm::llm::rows {
namespace {

constexpr std::int64_t kLanes = 16;  // sums are kept in this many parts, so that they vectorise without -ffast-math

// e^x within 2 ulp for |x| ≤ 87, clamped beyond: x = n·ln 2 + r, e^r by its Taylor polynomial (|r| ≤ 0.35).
inline __attribute__((always_inline)) float exponential(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it rounds to whole numbers
  x = x < -87.0F ? -87.0F : x;
  x = x > 87.0F ? 87.0F : x;
  const float n = (x * 1.44269504F + kRound) - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  return p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

inline __attribute__((always_inline)) float sigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }

inline __attribute__((always_inline)) float sum(const float* lanes) {
  float total = 0;
  for (std::int64_t i = 0; i < kLanes; ++i) total += lanes[i];
  return total;
}

}  // namespace

XLLM_FOR_EACH_ISA void widen(const std::uint16_t* __restrict from, std::int64_t count, float* __restrict to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(from[i]) << 16);
}

XLLM_FOR_EACH_ISA void narrow(const float* __restrict from, std::int64_t count, std::uint16_t* __restrict to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(from[i]);
    const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    to[i] = static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? 0x7FC0U : rounded);  // NaN stays one
  }
}

XLLM_FOR_EACH_ISA void add(const float* __restrict y, std::int64_t count, float* __restrict x) {
  for (std::int64_t i = 0; i < count; ++i) x[i] += y[i];
}

XLLM_FOR_EACH_ISA void scale(const float* __restrict x, float factor, std::int64_t count, float* __restrict y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * factor;
}

XLLM_FOR_EACH_ISA float inverseRms(const float* __restrict x, double epsilon, std::int64_t count) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] += x[i + j] * x[i + j];
  }
  float total = sum(lanes);
  for (; i < count; ++i) total += x[i] * x[i];
  return 1.0F / std::sqrt(total / static_cast<float>(count) + static_cast<float>(epsilon));
}

XLLM_FOR_EACH_ISA void normalise(const float* __restrict x, float factor, const float* __restrict weight,
                                 std::int64_t count, float* __restrict y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * factor * weight[i];
}

XLLM_FOR_EACH_ISA void normaliseBackward(const float* __restrict gradient, const float* __restrict normed, float factor,
                                         const float* __restrict weight, std::int64_t count, float* __restrict into) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] += gradient[i + j] * weight[i + j] * normed[i + j];
  }
  float along = sum(lanes);
  for (; i < count; ++i) along += gradient[i] * weight[i] * normed[i];
  along /= static_cast<float>(count);
  for (i = 0; i < count; ++i) into[i] += factor * (gradient[i] * weight[i] - normed[i] * along);
}

XLLM_FOR_EACH_ISA void turn(float* __restrict x, const float* __restrict cos, const float* __restrict sin,
                            float direction, std::int64_t half) {
  for (std::int64_t i = 0; i < half; ++i) {
    const float a = x[i], b = x[half + i], s = sin[i] * direction;
    x[i] = a * cos[i] - b * s;
    x[half + i] = b * cos[i] + a * s;
  }
}

XLLM_FOR_EACH_ISA void swiGlu(const float* __restrict gate, const float* __restrict up, std::int64_t count,
                              float* __restrict y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

XLLM_FOR_EACH_ISA void swiGluBackward(const float* __restrict gate, const float* __restrict up,
                                      const float* __restrict gradient, std::int64_t count, float* __restrict toGate,
                                      float* __restrict toUp) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float s = sigmoid(gate[i]), silu = gate[i] * s;
    toUp[i] = gradient[i] * silu;
    toGate[i] = gradient[i] * up[i] * (s + silu * (1.0F - s));
  }
}

}  // namespace xllm::llm::rows
