// y = x Wᵀ + b, whatever W is made of, so that one graph serves dense and packed weights; b is optional.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/kernels/quantized_linear.h"

namespace xllm::llm {

// One matrix, [out, in]: dense, or the blocks of the file.
using Matrix = std::variant<at::Tensor, kernels::QuantizedLinear>;

// A matrix, or several over the same input (query, key, value; gate, up). Several dense ones are stacked in memory
// once, at load, and cost one product; packed ones share the rounding of x (kernels::project).
class Linear {
 public:
  Linear() = default;
  // A bias [out] for each matrix, of the type that x will have, or none at all.
  explicit Linear(std::vector<Matrix> matrices, std::vector<at::Tensor> biases = {});

  // x [.., in] -> one [.., out] per matrix, in x's type (packed: float32). Gradients reach x through dense matrices
  // alone.
  std::vector<at::Tensor> each(const at::Tensor& x) const;
  at::Tensor operator()(const at::Tensor& x) const;       // when there is one matrix
  void addBias(std::vector<at::Tensor>& products) const;  // each matrix's to its own product
  // The matrices when all of them are packed, else empty: for code that fuses what stands between the products.
  const std::vector<kernels::QuantizedLinear>& packed() const { return m_packed; }
  // All matrices stacked, [sum of out, in], when all of them are dense, else undefined: for code with its own
  // gradients.
  const at::Tensor& dense() const { return m_stacked; }

 private:
  std::vector<kernels::QuantizedLinear> m_packed;  // either all matrices are here …
  at::Tensor m_stacked;                            // … or all are dense and here, [sum of out, in] …
  std::vector<Matrix> m_mixed;                     // … or the file mixes both
  std::vector<at::Tensor> m_biases;                // beside the matrices, or empty
  std::vector<std::int64_t> m_outs;
};

}  // namespace xllm::llm
