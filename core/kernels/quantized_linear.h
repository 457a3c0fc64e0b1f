// y = x Wᵀ with W kept in the GGUF blocks' numbers: activations are rounded to int8 in groups of 32, products are
// summed in int32, groups in float32. No bias, no gradients: training uses dense weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/kernels/isa.h"
#include "core/kernels/thread_pool.h"
#include "core/weights/checkpoint.h"

namespace xllm::kernels {

// What a matrix is asked for beside products. Where a processor's kernels have their own copy of it, the file's bytes
// are needed for rows alone.
enum class MatrixUse { ProductsAndRows = 1, Products };

// What QuantizedLinear::strips() gave for the same weight at another time, on a multiple of 64 bytes; none: empty.
struct KeptStrips {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  // keeps them alive
};

// What goes into a product may be made row by row on its way there, so that it never stands in memory as a whole. The
// bits are those of the operations of transformer_ops.h, one after the other.
struct Normalized {  // rmsNorm(x, weight, epsilon)
  const at::Tensor& x;
  const at::Tensor& weight;
  double epsilon;
};
struct Gated {  // swiGlu(gate, up)
  const at::Tensor& gate;
  const at::Tensor& up;
};

// Immutable. Matrices that share a pool are used by one thread at a time. The row results do not depend on how many
// rows go through together, nor on the number of threads.
class QuantizedLinear {
 public:
  // `weight` [out, in] of type Q4_0, Q4_1 or Q8_0, `in` a multiple of 32; or Q4_K, Q5_K or Q6_K, of 256. `owner` keeps
  // its bytes alive as long as they are needed (`use`). `pool` is shared by all matrices of a model; whoever loads the
  // model makes it: std::make_shared<ThreadPool>(). With `kept` strips of the right size nothing is packed, and
  // for products alone `weight` needs no bytes. Unsupported for another type, CorruptFile for a wrong shape or size.
  static Result<QuantizedLinear> create(const weights::StoredTensor& weight, std::shared_ptr<const void> owner,
                                        std::shared_ptr<ThreadPool> pool, Isa isa = activeIsa(),
                                        MatrixUse use = MatrixUse::ProductsAndRows, KeptStrips kept = {});

  // x [.., in] float32 -> [.., out] float32.
  at::Tensor operator()(const at::Tensor& x) const;
  // sum [.., out] += x Wᵀ, for residual streams. `sum` is float32 and contiguous.
  void addTo(at::Tensor& sum, const at::Tensor& x) const;
  void addTo(at::Tensor& sum, const Gated& x) const;
  // Rows of W as float32 (word embeddings): ids [..] int64 -> [.., in]. Equal to the dequantised tensor bit for bit.
  at::Tensor rows(const at::Tensor& ids) const;

  // The matrix in the order in which the kernels read it, the same for all instruction sets that have one; empty for
  // Isa::Plain, which reads the file's blocks. Lives as long as this object.
  std::span<const std::byte> strips() const;
  std::int64_t inFeatures() const;
  std::int64_t outFeatures() const;
  ThreadPool& pool() const;  // for what stands between the products

 private:
  friend std::vector<at::Tensor> project(const at::Tensor& x, std::initializer_list<const QuantizedLinear*> matrices);
  friend std::vector<at::Tensor> project(const Normalized& x, std::initializer_list<const QuantizedLinear*> matrices);

  struct Packed;
  template <typename MakeRow>
  static std::vector<at::Tensor> projectRows(const at::Tensor& shape, const MakeRow& makeRow,
                                             std::initializer_list<const QuantizedLinear*> matrices);
  template <typename MakeRow>
  void addRowsTo(at::Tensor& sum, const at::Tensor& shape, const MakeRow& makeRow) const;
  explicit QuantizedLinear(std::shared_ptr<const Packed> packed) : m_packed(std::move(packed)) {}
  std::shared_ptr<const Packed> m_packed;
};

// Several matrices read the same activations (query, key and value; gate and up): x is rounded once and all threads
// meet once. x [.., in] -> one [.., out] per matrix, in their order. The matrices share their pool and instruction set.
std::vector<at::Tensor> project(const at::Tensor& x, std::initializer_list<const QuantizedLinear*> matrices);
std::vector<at::Tensor> project(const Normalized& x, std::initializer_list<const QuantizedLinear*> matrices);

}  // namespace xllm::kernels
