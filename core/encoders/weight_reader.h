// Takes named tensors of known shape out of a checkpoint, as float32 or kept small, and remembers the first thing that
// was wrong, so that a loader reads as a list. Internal to core/encoders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm::encoders {

class WeightReader {
 public:
  WeightReader(const weights::Checkpoint& checkpoint, std::string prefix)
      : m_checkpoint(checkpoint), m_prefix(std::move(prefix)) {}

  bool has(const std::string& name) const { return m_checkpoint.find(m_prefix + name) != nullptr; }
  std::vector<std::int64_t> shape(const std::string& name) const;  // empty: not there

  // Own memory, float32, contiguous. Undefined when the tensor is missing or has another shape or a type that is no
  // floating one, and from then on.
  at::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape);
  // The same kept small: in `type`, and without one as float16, bfloat16 or float32, whichever the file has.
  at::Tensor takeMatrix(const std::string& name, const std::vector<std::int64_t>& shape,
                        std::optional<at::ScalarType> type);

  const std::optional<Error>& failure() const { return m_failure; }

 private:
  // As it lies in the file, checked; undefined after a failure.
  at::Tensor checked(const std::string& name, const std::vector<std::int64_t>& shape);
  // A copy of what checked() gave; the file's pages are given back, so that they do not count as this program's memory.
  at::Tensor copied(const std::string& name, const at::Tensor& stored, at::ScalarType type) const;

  const weights::Checkpoint& m_checkpoint;
  std::string m_prefix;
  std::optional<Error> m_failure;
};

}  // namespace xllm::encoders
