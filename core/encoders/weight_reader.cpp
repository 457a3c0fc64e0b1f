#include "core/encoders/weight_reader.h"

#include <sstream>

#include <ATen/ATen.h>


namespace xllm::encoders {
namespace {

std::string describe(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

}  // namespace

std::vector<std::int64_t> WeightReader::shape(const std::string& name) const {
  const weights::TensorInfo* info = m_checkpoint.find(m_prefix + name);
  return info == nullptr ? std::vector<std::int64_t>{} : info->shape;
}

at::Tensor WeightReader::checked(const std::string& name, const std::vector<std::int64_t>& shape) {
  if (m_failure) return {};
  const std::string full = m_prefix + name;
  const weights::TensorInfo* info = m_checkpoint.find(full);
  if (info == nullptr) {
    m_failure = Error{ErrorCode::CorruptFile, "The encoder in " + m_checkpoint.path().string() + " lacks the tensor " +
                                                  full + "; choose a complete file."};
    return {};
  }
  if (info->shape != shape) {
    m_failure =
        Error{ErrorCode::CorruptFile, "The tensor " + full + " in " + m_checkpoint.path().string() + " has the shape " +
                                          describe(info->shape) + " where the encoder needs " + describe(shape) + "."};
    return {};
  }
  Result<at::Tensor> loaded = m_checkpoint.load(full);
  if (!loaded) {
    m_failure = loaded.error();
    return {};
  }
  if (!loaded->is_floating_point()) {
    m_failure =
        Error{ErrorCode::Unsupported, "The tensor " + full + " in " + m_checkpoint.path().string() +
                                          " is stored as integers; choose a float32 or 16-bit version of the encoder."};
    return {};
  }
  return *loaded;
}

at::Tensor WeightReader::copied(const std::string& name, const at::Tensor& stored, at::ScalarType type) const {
  at::Tensor own = stored.to(type, /*non_blocking=*/false, /*copy=*/true).contiguous();
  m_checkpoint.letGo(m_prefix + name);
  return own;
}

at::Tensor WeightReader::take(const std::string& name, const std::vector<std::int64_t>& shape) {
  const at::Tensor stored = checked(name, shape);
  return stored.defined() ? copied(name, stored, at::kFloat) : stored;
}

at::Tensor WeightReader::takeMatrix(const std::string& name, const std::vector<std::int64_t>& shape,
                                    std::optional<at::ScalarType> type) {
  const at::Tensor stored = checked(name, shape);
  if (!stored.defined()) return stored;
  const bool small = stored.scalar_type() == at::kHalf || stored.scalar_type() == at::kBFloat16;
  return copied(name, stored, type.value_or(small ? stored.scalar_type() : at::kFloat));
}

}  // namespace xllm::encoders
