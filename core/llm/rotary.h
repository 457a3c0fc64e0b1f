// Rotary position embedding in the "halves" form (of the values that turn, the first d, value j turns with j + d/2), as
// Hugging Face's Llama does. Su et al. 2021, arXiv 2104.09864; the pairing is that of GPT-NeoX.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace xllm::llm {

// cos and sin of the rows to be turned, float32: [T, 1, d/2], or [B, T, 1, d/2] where rows differ in position.
struct Rotation {
  at::Tensor cos, sin;
};

// How the reference holds theta^(-2j/d). ChatGLM-6B rounds them, also where everything else is float32: at position
// 2000 that is up to a third of a radian.
enum class Frequencies { Float32 = 1, RoundedToHalf };

// Angles are position · theta^(-2j/d), all in float32 like the reference. The table grows with the positions
// asked for.
class Rotary {
 public:
  Rotary(std::int64_t dims, double theta, Frequencies frequencies = Frequencies::Float32);

  Rotation at(std::int64_t start, std::int64_t count);  // positions start … start + count - 1
  Rotation at(const at::Tensor& positions);             // [B, T] int64

 private:
  void grow(std::int64_t positions);

  std::int64_t m_dims;
  double m_theta;
  Frequencies m_frequencies;
  at::Tensor m_cos, m_sin;  // [positions so far, d/2]
};

// x [B, T, heads, headDim] -> the same, the first d values of each head turned, d ≤ headDim; computed in float32,
// returned in x's type.
at::Tensor rotate(const at::Tensor& x, const Rotation& rotation);

}  // namespace xllm::llm
