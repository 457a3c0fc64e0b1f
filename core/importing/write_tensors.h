// Writes tensors of published files into one of ours, tensor by tensor: as they are stored, or rounded to blocks.
// Internal to core/importing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"
#include "core/weights/safetensors_writer.h"

namespace xllm::importing {

// Fraction done of all bytes, and the tensor that is worked on.
using ImportProgress = std::function<void(double, const std::string&)>;

// One tensor of the source, and what becomes of it.
struct PlannedTensor {
  weights::TensorInfo from, to;
  int bits = 0;  // of ChatGLM's whole numbers; its scales are the tensor NAME_scale
};

std::int64_t numbersIn(const weights::TensorInfo& tensor);
std::uint64_t bytesOf(const std::vector<PlannedTensor>& plan);
// Those of `names`, all of which `file` has; as they are stored.
std::vector<PlannedTensor> asStored(const weights::Checkpoint& file, const std::vector<std::string>& names);

// Sums over all matrices that were rounded.
struct Rounding {
  double squares = 0.0, errors = 0.0;
  double relative() const;
};

class TensorWriter {
 public:
  // `total`: bytes of all files that it will write, for the progress that is told.
  TensorWriter(std::uint64_t total, std::stop_token stop, const ImportProgress& progress);

  // Cancelled between two tensors; then there is no such file.
  Result<void> write(const weights::Checkpoint& from, const std::vector<PlannedTensor>& plan,
                     const std::filesystem::path& file, const std::map<std::string, std::string>& metadata);

  const Rounding& rounding() const { return m_rounding; }
  // The tensor that rounding moved most, and how far.
  const std::string& worstTensor() const { return m_worstTensor; }
  double worstError() const { return m_worstError; }

 private:
  Result<void> writeTensor(const weights::Checkpoint& from, const PlannedTensor& planned,
                           weights::SafetensorsWriter& writer);
  Result<void> writeRounded(const weights::Checkpoint& from, const PlannedTensor& planned,
                            weights::SafetensorsWriter& writer);

  std::uint64_t m_total, m_done = 0;
  std::stop_token m_stop;
  const ImportProgress& m_progress;
  Rounding m_rounding;
  std::string m_worstTensor;
  double m_worstError = 0.0;
};

}  // namespace xllm::importing
