#include "core/llm/weight_reader.h"

#include <cstring>
#include <set>
#include <sstream>
#include <utility>

#include <torch/torch.h>

namespace xllm::llm {
namespace {

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::ostringstream text;
  text << '[';
  for (std::size_t i = 0; i < shape.size(); ++i) text << (i == 0 ? "" : ", ") << shape[i];
  text << ']';
  return text.str();
}

bool isNumberType(weights::StorageType type) {
  using enum weights::StorageType;
  switch (type) {
    case F16:
    case BF16:
    case F32:
    case F64: return true;
    case Q4_0:
    case Q4_1:
    case Q5_0:
    case Q8_0:
    case Q4_K:
    case Q6_K: return true;
    default: return false;
  }
}

// Rows of one head: row 2j + t goes back to row t·half + j.
at::Tensor unpermuted(const at::Tensor& rows, std::int64_t heads) {
  const std::int64_t half = rows.size(0) / heads / 2;
  return rows.view({heads, half, 2, rows.size(1)}).transpose(1, 2).reshape(rows.sizes());
}

// The same on whole rows of bytes: blocks never cross a row.
void unpermuteBytes(std::span<const std::byte> from, std::int64_t rows, std::int64_t heads, std::byte* to) {
  const std::int64_t half = rows / heads / 2;
  const std::size_t rowBytes = from.size() / static_cast<std::size_t>(rows);
  const std::byte* source = from.data();
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t j = 0; j < half; ++j) {
      for (std::int64_t t = 0; t < 2; ++t, source += rowBytes) {
        const std::int64_t row = head * 2 * half + t * half + j;
        std::memcpy(to + static_cast<std::size_t>(row) * rowBytes, source, rowBytes);
      }
    }
  }
}

}  // namespace

bool isPackable(weights::StorageType type) {
  using enum weights::StorageType;
  return type == Q4_0 || type == Q4_1 || type == Q8_0;
}

Result<void> checkTensors(const weights::Checkpoint& checkpoint, const std::vector<WantedTensor>& wanted,
                          const std::function<bool(std::string_view)>& ignorable) {
  const auto corrupt = [&](const std::string& what) {
    return fail(ErrorCode::CorruptFile, "The language model in " + checkpoint.path().string() +
                                            " does not fit its configuration: " + what +
                                            " Download it again, or check that the configuration belongs to it.");
  };
  std::set<std::string_view> known;
  for (const WantedTensor& tensor : wanted) {
    known.insert(tensor.name);
    const weights::TensorInfo* found = checkpoint.find(tensor.name);
    if (found == nullptr) {
      if (tensor.optional) continue;
      return corrupt("tensor " + tensor.name + " is missing (expected " + shapeText(tensor.shape) + ").");
    }
    if (found->shape != tensor.shape) {
      return corrupt("tensor " + tensor.name + " has shape " + shapeText(found->shape) + ", expected " +
                     shapeText(tensor.shape) + ".");
    }
    if (!isNumberType(found->type)) {
      return corrupt("tensor " + tensor.name + " is stored as " + std::string(toString(found->type)) +
                     ", expected floating-point numbers or quantised blocks.");
    }
  }
  for (const weights::TensorInfo& tensor : checkpoint.tensors()) {
    if (!known.contains(tensor.name) && !ignorable(tensor.name)) {
      return corrupt("tensor " + tensor.name + " " + shapeText(tensor.shape) +
                     " was found, but no such tensor is expected.");
    }
  }
  return {};
}

WeightReader::WeightReader(std::shared_ptr<const weights::Checkpoint> checkpoint, Precision precision,
                           std::shared_ptr<kernels::ThreadPool> pool)
    : m_checkpoint(std::move(checkpoint)), m_precision(precision), m_pool(std::move(pool)) {}

at::ScalarType WeightReader::computeType() const {
  return m_precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat;
}

Result<at::Tensor> WeightReader::dense(const WantedTensor& wanted, at::ScalarType type) const {
  auto loaded = m_checkpoint->load(wanted.name);
  if (!loaded) return tl::unexpected(loaded.error());
  at::Tensor weight = *loaded;
  if (wanted.permutedHeads > 0) weight = unpermuted(weight, wanted.permutedHeads);
  return weight.to(type).contiguous();
}

bool WeightReader::staysPacked(const WantedTensor& wanted) const {
  const weights::TensorInfo* info = m_checkpoint->find(wanted.name);
  return m_precision == Precision::AsStored && info != nullptr && isPackable(info->type);
}

Result<Matrix> WeightReader::words(const WantedTensor& wanted) const {
  if (staysPacked(wanted)) return packedMatrix(wanted);
  auto table = m_checkpoint->load(wanted.name);
  if (!table) return tl::unexpected(table.error());
  return Matrix(*std::move(table));
}

Result<Matrix> WeightReader::matrix(const WantedTensor& wanted) const {
  if (staysPacked(wanted)) return packedMatrix(wanted);
  auto weight = dense(wanted, computeType());
  if (!weight) return tl::unexpected(weight.error());
  return Matrix(*std::move(weight));
}

Result<Matrix> WeightReader::packedMatrix(const WantedTensor& wanted) const {
  auto stored = m_checkpoint->stored(wanted.name);
  if (!stored) return tl::unexpected(stored.error());
  std::shared_ptr<const void> owner = m_checkpoint;
  if (wanted.permutedHeads > 0) {
    const auto rows = std::make_shared_for_overwrite<std::byte[]>(stored->bytes.size());
    unpermuteBytes(stored->bytes, stored->shape[0], wanted.permutedHeads, rows.get());
    stored->bytes = {rows.get(), stored->bytes.size()};
    owner = rows;
  }
  auto packed = kernels::QuantizedLinear::create(*stored, std::move(owner), m_pool);
  if (!packed) return tl::unexpected(packed.error());
  return Matrix(*std::move(packed));
}

Result<Linear> WeightReader::linear(const std::vector<WantedTensor>& wanted) const {
  std::vector<Matrix> matrices;
  for (const WantedTensor& tensor : wanted) {
    auto loaded = matrix(tensor);
    if (!loaded) return tl::unexpected(loaded.error());
    matrices.push_back(*std::move(loaded));
  }
  return Linear(std::move(matrices));
}

}  // namespace xllm::llm
