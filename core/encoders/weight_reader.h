// Takes named tensors of known shape out of a checkpoint, as float32, and remembers the first thing that was wrong, so
// that a loader reads as a list. Internal to core/encoders.
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

  const std::optional<Error>& failure() const { return m_failure; }

 private:
  const weights::Checkpoint& m_checkpoint;
  std::string m_prefix;
  std::optional<Error> m_failure;
};

}  // namespace xllm::encoders
