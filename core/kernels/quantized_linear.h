// y = x Wᵀ + b with W kept as the GGUF blocks of the file: activations are rounded to int8 per group, products are summed in
// int32. The instruction set is chosen at run time (AVX512-VNNI, AVX2, plain C++); XLLM_ISA=plain|avx2|avx512vnni overrides it.
// No gradients: training uses dense weights.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::kernels {

enum class Isa { Plain = 1, Avx2, Avx512Vnni };
Isa activeIsa();
std::string_view toString(Isa isa);

// A thread pool of its own size for matrix products. 0: one thread per physical core.
int threadCount();
void setThreadCount(int threads);

// Immutable; calls from one thread at a time (it uses the kernel's thread pool).
class QuantizedLinear {
 public:
  // `weight` [out, in] of type Q4_0, Q4_1 or Q8_0, `in` a multiple of 32. `owner` keeps the bytes alive.
  static Result<QuantizedLinear> create(const weights::StoredTensor& weight, std::shared_ptr<const void> owner);

  // x [rows, in] float32 contiguous -> [rows, out] float32.
  at::Tensor operator()(const at::Tensor& x) const;
  // Rows of W as float32 (word embeddings): ids [n] int64 -> [n, in].
  at::Tensor rows(const at::Tensor& ids) const;
  std::int64_t inFeatures() const;
  std::int64_t outFeatures() const;

 private:
  struct Packed;
  explicit QuantizedLinear(std::shared_ptr<const Packed> packed) : m_packed(std::move(packed)) {}
  std::shared_ptr<const Packed> m_packed;
};

}  // namespace xllm::kernels
