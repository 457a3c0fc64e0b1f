#include "core/llm/rotary.h"

#include <algorithm>

#include <torch/types.h>

namespace xllm::llm {

Rotary::Rotary(std::int64_t dims, double theta, Frequencies frequencies)
    : m_dims(dims), m_theta(theta), m_frequencies(frequencies) {
  TORCH_CHECK(dims > 0 && dims % 2 == 0, "rotary positions need an even number of values, not ", dims);
}

void Rotary::grow(std::int64_t positions) {
  if (m_cos.defined() && m_cos.size(0) >= positions) return;
  const std::int64_t rows = std::max<std::int64_t>({positions, 256, m_cos.defined() ? 2 * m_cos.size(0) : 0});
  const c10::InferenceMode plainTensors(false);  // a training step may save them for its backward pass
  const at::NoGradGuard noGrad;
  const at::Tensor exponent = at::arange(0, m_dims, 2, at::kFloat) / static_cast<double>(m_dims);
  at::Tensor frequency = at::reciprocal(at::pow(m_theta, exponent));
  if (m_frequencies == Frequencies::RoundedToHalf) frequency = frequency.to(at::kHalf).to(at::kFloat);
  const at::Tensor angle = at::arange(rows, at::kFloat).unsqueeze(1) * frequency;
  m_cos = angle.cos();
  m_sin = angle.sin();
}

Rotation Rotary::at(std::int64_t start, std::int64_t count) {
  grow(start + count);
  return {m_cos.narrow(0, start, count).unsqueeze(1), m_sin.narrow(0, start, count).unsqueeze(1)};
}

Rotation Rotary::at(const at::Tensor& positions) {
  grow(positions.max().item<std::int64_t>() + 1);
  return {m_cos.index({positions}).unsqueeze(2), m_sin.index({positions}).unsqueeze(2)};
}

at::Tensor rotate(const at::Tensor& x, const Rotation& rotation) {
  const std::int64_t half = rotation.cos.size(-1), still = x.size(-1) - 2 * half;
  const auto parts = x.to(at::kFloat).split_with_sizes({half, half, still}, -1);
  const at::Tensor &a = parts[0], &b = parts[1];
  const at::Tensor first = at::addcmul(a * rotation.cos, b, rotation.sin, -1);
  const at::Tensor second = at::addcmul(b * rotation.cos, a, rotation.sin);
  return at::cat({first, second, parts[2]}, -1).to(x.scalar_type());
}

}  // namespace xllm::llm
