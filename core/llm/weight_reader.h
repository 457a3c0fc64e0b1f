// Takes a language model's weights out of a checkpoint: checks that the file holds exactly the tensors the graph wants,
// then hands them over in the form that the precision asks for. Knows names and shapes only as they are given to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/kernels/thread_pool.h"
#include "core/llm/language_model.h"
#include "core/llm/linear.h"
#include "core/llm/packed_weights.h"
#include "core/weights/checkpoint.h"

namespace xllm::llm {

// Rows of q or k in which neighbours turn together, and so come in another order than every graph here has them
// (halves, see rotary.h): per head, of the first `turned` rows, row 2j + t is row t·turned/2 + j of the graph. GGUF's
// converters put those of architecture "llama" so; ChatGLM2's and GLM-4's are so by themselves.
struct InterleavedRows {
  std::int64_t heads = 0;  // 0: the rows are in order
  std::int64_t turned = 0;
};

struct WantedTensor {
  std::string name;
  std::vector<std::int64_t> shape;  // of the tensor in the file
  InterleavedRows interleaved = {};
  bool optional = false;
  std::int64_t firstRow = 0, rows = 0;  // only these rows of it are taken; rows 0: all
  double added = 0.0;                   // to every value: Gemma's norms are stored as w and used as 1 + w
  int bits = 0;  // 8 or 4: stored as whole numbers, with a tensor of scales [rows] beside it (row_quantized.h)

  std::string scaleName() const { return name + "_scale"; }
  // Tells apart what is taken of one tensor.
  std::string partName() const {
    return rows == 0 ? name : name + " " + std::to_string(firstRow) + "+" + std::to_string(rows);
  }
};

// CorruptFile naming the first tensor that is missing, misshapen or of no number type, with what was expected and
// found, or that nobody asked for and `ignorable` does not excuse.
Result<void> checkTensors(const weights::Checkpoint& checkpoint, const std::vector<WantedTensor>& wanted,
                          const std::function<bool(std::string_view)>& ignorable);

class WeightReader {
 public:
  // `pool` runs the packed matrices; null unless the precision is AsStored. `packed`, or null, outlives this.
  WeightReader(std::shared_ptr<const weights::Checkpoint> checkpoint, Precision precision,
               std::shared_ptr<kernels::ThreadPool> pool, PackedWeights* packed = nullptr);

  // The type in which activations meet dense matrices.
  at::ScalarType computeType() const;
  // AsStored: blocks that core/kernels can multiply stay packed, everything else becomes dense float32.
  Result<Matrix> matrix(const WantedTensor& wanted) const;
  // `biases`: one for each matrix, or none.
  Result<Linear> linear(const std::vector<WantedTensor>& wanted, const std::vector<WantedTensor>& biases = {}) const;
  Result<at::Tensor> dense(const WantedTensor& wanted, at::ScalarType type) const;
  // Word embeddings keep the numbers of the file in every precision: packed as in matrix(), else in the file's own
  // type.
  Result<Matrix> words(const WantedTensor& wanted) const;

 private:
  bool staysPacked(const WantedTensor& wanted) const;
  Result<Matrix> packedMatrix(const WantedTensor& wanted, kernels::MatrixUse use) const;
  Result<Matrix> wholeNumberMatrix(const WantedTensor& wanted) const;
  // What was kept of `wanted`, which is `stored` in the file; empty: nothing.
  kernels::KeptStrips kept(const WantedTensor& wanted, const weights::StoredTensor& stored) const;
  // `blocks` as a matrix, to be kept from now on.
  Result<Matrix> packed(const WantedTensor& wanted, const weights::StoredTensor& blocks,
                        std::shared_ptr<const void> owner, kernels::MatrixUse use, kernels::KeptStrips kept) const;

  std::shared_ptr<const weights::Checkpoint> m_checkpoint;
  Precision m_precision;
  std::shared_ptr<kernels::ThreadPool> m_pool;
  PackedWeights* m_packed;
};

// Whether core/kernels multiplies this type as it is stored.
bool isPackable(weights::StorageType type);

}  // namespace xllm::llm
