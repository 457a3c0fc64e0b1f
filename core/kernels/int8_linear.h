// y = x Wᵀ + b of a frozen encoder in whole numbers of eight bits: weights are rounded once, each output with a scale
// of its own; activations on their way in, each row with a scale and a zero of its own. Sums are int32 and exact, so
// all instruction sets have the same (Jacob et al. 2018, arXiv 1712.05877, section 2.3).
#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "core/kernels/isa.h"

namespace xllm::kernels {

// Immutable; on LibTorch's threads, as all that stands around it in an encoder. A row's result does not depend on how
// many rows go through together, nor on the number of threads.
class Int8Linear {
 public:
  enum class Then { Nothing = 1, Gelu };  // by the error function

  // weight [out, in] and bias [out] or undefined, of any floating type; both are copied. in ≤ 65536.
  Int8Linear(const at::Tensor& weight, const at::Tensor& bias, Isa isa = activeIsa());

  // x [.., in] of any floating type, finite -> [.., out] float32.
  at::Tensor operator()(const at::Tensor& x, Then then = Then::Nothing) const;

  // sum [.., out] += x Wᵀ + b, for residual streams. `sum` is float32 and contiguous.
  void addTo(at::Tensor& sum, const at::Tensor& x) const;

  std::int64_t inFeatures() const;
  std::int64_t outFeatures() const;

 private:
  struct Packed;
  struct Goal;
  void multiply(const at::Tensor& x, const Goal& goal) const;
  std::shared_ptr<const Packed> m_packed;
};

// Whether the processor multiplies such numbers faster than float32: it has AVX2, or better AVX512-VNNI.
bool int8IsFast();

}  // namespace xllm::kernels
