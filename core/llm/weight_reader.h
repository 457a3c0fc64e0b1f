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
#include "core/weights/checkpoint.h"

namespace xllm::llm {

struct WantedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  // > 0: the rows come in the order that converters to GGUF give to q and k of architecture "llama": per head, row 2j +
  // t holds row t·headDim/2 + j of the original. They are put back, so that every graph turns halves (see rotary.h).
  std::int64_t permutedHeads = 0;
  bool optional = false;
};

// CorruptFile naming the first tensor that is missing, misshapen or of no number type, with what was expected and
// found, or that nobody asked for and `ignorable` does not excuse.
Result<void> checkTensors(const weights::Checkpoint& checkpoint, const std::vector<WantedTensor>& wanted,
                          const std::function<bool(std::string_view)>& ignorable);

class WeightReader {
 public:
  // `pool` runs the packed matrices; null unless the precision is AsStored.
  WeightReader(std::shared_ptr<const weights::Checkpoint> checkpoint, Precision precision,
               std::shared_ptr<kernels::ThreadPool> pool);

  // The type in which activations meet dense matrices.
  at::ScalarType computeType() const;
  // AsStored: blocks that core/kernels can multiply stay packed, everything else becomes dense float32.
  Result<Matrix> matrix(const WantedTensor& wanted) const;
  Result<Linear> linear(const std::vector<WantedTensor>& wanted) const;
  Result<at::Tensor> dense(const WantedTensor& wanted, at::ScalarType type) const;
  // Word embeddings keep the numbers of the file in every precision: packed as in matrix(), else in the file's own
  // type.
  Result<Matrix> words(const WantedTensor& wanted) const;

 private:
  bool staysPacked(const WantedTensor& wanted) const;
  Result<Matrix> packedMatrix(const WantedTensor& wanted) const;

  std::shared_ptr<const weights::Checkpoint> m_checkpoint;
  Precision m_precision;
  std::shared_ptr<kernels::ThreadPool> m_pool;
};

// Whether core/kernels multiplies this type as it is stored.
bool isPackable(weights::StorageType type);

}  // namespace xllm::llm
