// The reference: one number after the other.
#include <algorithm>
#include <cmath>

#include <c10/util/Half.h>

#include "core/kernels/block_kernels.h"
#include "core/kernels/vector_kernels.h"

namespace xllm::kernels {
namespace {

void rmsNorm(const float* x, const float* weight, float epsilon, std::int64_t width, float* y) {
  double squares = 0.0;
  for (std::int64_t i = 0; i < width; ++i) squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  const auto factor =
      static_cast<float>(1.0 / std::sqrt(squares / static_cast<double>(width) + static_cast<double>(epsilon)));
  for (std::int64_t i = 0; i < width; ++i) y[i] = x[i] * factor * weight[i];
}

void swiGlu(const float* gate, const float* up, std::int64_t count, float* y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
}

void rotate(float& a, float& b, float cos, float sin) {
  const float turned = a * cos - b * sin;
  b = b * cos + a * sin;
  a = turned;
}

void rotateHalves(float* x, const float* cos, const float* sin, std::int64_t heads, std::int64_t headDim) {
  for (std::int64_t h = 0; h < heads; ++h, x += headDim) {
    for (std::int64_t j = 0; j < headDim / 2; ++j) rotate(x[j], x[j + headDim / 2], cos[j], sin[j]);
  }
}

float toFloat(float x) { return x; }
float toFloat(Half x) { return halfToFloat(x); }
float toFloat(std::int8_t x) { return static_cast<float>(x); }

void toHalf(const float* x, std::int64_t count, Half* y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = c10::Half(x[i]).x;
}

float toBytes(const float* x, std::int64_t count, std::int8_t* y) {
  float largest = 0.0F;
  for (std::int64_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(x[i]));
  const float inverse = 127.0F / std::max(largest, 1e-30F);  // so that it is finite
  for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<std::int8_t>(std::nearbyint(x[i] * inverse));
  return largest / 127.0F;
}

float scaleOf(const float* scales, std::int64_t column) { return scales != nullptr ? scales[column] : 1.0F; }

// One row over all its columns, with the running maximum that keeps exp in range.
template <typename Key>
void attendRow(const AttentionTask<Key>& task, const float* q, std::int64_t columns, float* out) {
  float maximum = -INFINITY, sum = 0.0F;
  std::fill(out, out + task.headDim, 0.0F);
  for (std::int64_t c = 0; c < columns; ++c) {
    const Key* const key = task.keys + c / kKeyBlock * kKeyBlock * task.headDim + c % kKeyBlock;
    float score = 0.0F;
    for (std::int64_t i = 0; i < task.headDim; ++i) score += q[i] * toFloat(key[i * kKeyBlock]);
    score *= task.scale * scaleOf(task.keyScales, c);
    const float higher = std::max(maximum, score);
    const float keep = std::exp(maximum - higher), weight = std::exp(score - higher);
    const Key* const value = task.values + c * task.headDim;
    const float times = weight * scaleOf(task.valueScales, c);
    for (std::int64_t i = 0; i < task.headDim; ++i) out[i] = out[i] * keep + times * toFloat(value[i]);
    sum = sum * keep + weight;
    maximum = higher;
  }
  for (std::int64_t i = 0; i < task.headDim; ++i) out[i] /= sum;
}

template <typename Key>
void attendTo(const AttentionTask<Key>& task) {
  for (std::int64_t t = 0; t < task.tokens; ++t) {
    for (std::int64_t h = 0; h < task.heads; ++h) {
      const std::int64_t at = t * task.tokenStride + h * task.headDim;
      attendRow(task, task.q + at, task.position + t + 1, task.out + at);
    }
  }
}

void attend(const AttentionTask<float>& task, float* /*scratch*/) { attendTo(task); }
void attendHalves(const AttentionTask<Half>& task, float* /*scratch*/) { attendTo(task); }
void attendBytes(const AttentionTask<std::int8_t>& task, float* /*scratch*/) { attendTo(task); }

}  // namespace

const VectorKernels& plainVectorKernels() {
  static constexpr VectorKernels kKernels = {rmsNorm,      swiGlu,      rotateHalves, attend,
                                             attendHalves, attendBytes, toHalf,       toBytes};
  return kKernels;
}

const VectorKernels& vectorKernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::Avx512Vnni || isa == Isa::Amx) return avx512VectorKernels();
  if (isa == Isa::Avx2 || isa == Isa::AvxVnni) return avx2VectorKernels();
#endif
  (void)isa;
  return plainVectorKernels();
}

const VectorKernels& vectors() {
  static const VectorKernels& chosen = vectorKernels(activeIsa());
  return chosen;
}

}  // namespace xllm::kernels
