#include "core/llm/weight_reader.h"

#include <cstring>
#include <set>
#include <sstream>
#include <utility>

#include <torch/types.h>

#include "core/llm/row_quantized.h"

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
    case Q5_1:
    case Q8_0:
    case Q2_K:
    case Q3_K:
    case Q4_K:
    case Q5_K:
    case Q6_K: return true;
    default: return false;
  }
}

// rows [R, width] in the file's order -> in the graph's.
at::Tensor inOrder(const at::Tensor& rows, const InterleavedRows& how) {
  const at::Tensor heads = rows.reshape({how.heads, rows.size(0) / how.heads, -1});
  const at::Tensor turned = heads.narrow(1, 0, how.turned)
                                .reshape({how.heads, how.turned / 2, 2, heads.size(2)})
                                .transpose(1, 2)
                                .reshape({how.heads, how.turned, heads.size(2)});
  const at::Tensor still = heads.narrow(1, how.turned, heads.size(1) - how.turned);
  return at::cat({turned, still}, 1).reshape(rows.sizes());
}

// The rows of a tensor that are wanted, in the graph's order.
at::Tensor taken(const at::Tensor& tensor, const WantedTensor& wanted) {
  const at::Tensor rows = wanted.rows > 0 ? tensor.narrow(0, wanted.firstRow, wanted.rows) : tensor;
  return wanted.interleaved.heads > 0 ? inOrder(rows, wanted.interleaved) : rows;
}

void onlyWantedRows(weights::StoredTensor& stored, const WantedTensor& wanted) {
  if (wanted.rows == 0) return;
  const std::size_t rowBytes = stored.bytes.size() / static_cast<std::size_t>(stored.shape[0]);
  stored.bytes = stored.bytes.subspan(static_cast<std::size_t>(wanted.firstRow) * rowBytes,
                                      static_cast<std::size_t>(wanted.rows) * rowBytes);
  stored.shape[0] = wanted.rows;
}

// The same on whole rows of bytes: blocks never cross a row.
void putInOrder(std::span<const std::byte> from, std::int64_t rows, const InterleavedRows& how, std::byte* to) {
  const std::int64_t headRows = rows / how.heads;
  const std::size_t rowBytes = from.size() / static_cast<std::size_t>(rows);
  const std::byte* source = from.data();
  for (std::int64_t row = 0; row < rows; ++row, source += rowBytes) {
    const std::int64_t place = row % headRows, first = row - place;
    const std::int64_t ordered = place < how.turned ? place % 2 * (how.turned / 2) + place / 2 : place;
    std::memcpy(to + static_cast<std::size_t>(first + ordered) * rowBytes, source, rowBytes);
  }
}

// What is wrong with a tensor of the right name; empty: nothing.
std::string misfit(const WantedTensor& wanted, const weights::TensorInfo& found) {
  std::vector<std::int64_t> shape = wanted.shape;
  if (wanted.bits > 0) shape.back() = shape.back() * wanted.bits / 8;
  if (found.shape != shape) return "has shape " + shapeText(found.shape) + ", expected " + shapeText(shape) + ".";
  const std::string stored = "is stored as " + std::string(toString(found.type)) + ", expected ";
  if (wanted.bits > 0) return found.type == weights::StorageType::I8 ? "" : stored + "whole numbers of 8 bits.";
  return isNumberType(found.type) ? "" : stored + "floating-point numbers or quantised blocks.";
}

}  // namespace

bool isPackable(weights::StorageType type) {
  using enum weights::StorageType;
  return type == Q4_0 || type == Q4_1 || type == Q8_0 || type == Q4_K || type == Q5_K || type == Q6_K;
}

Result<void> checkTensors(const weights::Checkpoint& checkpoint, const std::vector<WantedTensor>& wanted,
                          const std::function<bool(std::string_view)>& ignorable) {
  const auto corrupt = [&](const std::string& what) {
    return fail(ErrorCode::CorruptFile, "The language model in " + checkpoint.path().string() +
                                            " does not fit its configuration: " + what +
                                            " Download it again, or check that the configuration belongs to it.");
  };
  std::vector<WantedTensor> all = wanted;
  for (const WantedTensor& tensor : wanted) {
    if (tensor.bits > 0) all.push_back({tensor.scaleName(), {tensor.shape.front()}});
  }
  std::set<std::string_view> known;
  for (const WantedTensor& tensor : all) {
    known.insert(tensor.name);
    const weights::TensorInfo* found = checkpoint.find(tensor.name);
    if (found == nullptr) {
      if (tensor.optional) continue;
      return corrupt("tensor " + tensor.name + " is missing (expected " + shapeText(tensor.shape) + ").");
    }
    if (const std::string what = misfit(tensor, *found); !what.empty())
      return corrupt("tensor " + tensor.name + " " + what);
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
                           std::shared_ptr<kernels::ThreadPool> pool, PackedWeights* packed)
    : m_checkpoint(std::move(checkpoint)), m_precision(precision), m_pool(std::move(pool)), m_packed(packed) {}

at::ScalarType WeightReader::computeType() const {
  return m_precision == Precision::BFloat16 ? at::kBFloat16 : at::kFloat;
}

Result<at::Tensor> WeightReader::dense(const WantedTensor& wanted, at::ScalarType type) const {
  auto loaded = m_checkpoint->load(wanted.name);
  if (!loaded) return tl::unexpected(loaded.error());
  at::Tensor weight = taken(*loaded, wanted);
  if (wanted.added != 0.0) weight = weight.to(at::kFloat) + wanted.added;
  weight = weight.to(type).contiguous();
  if (!weight.is_alias_of(*loaded)) m_checkpoint->letGo(wanted.name);
  return weight;
}

bool WeightReader::staysPacked(const WantedTensor& wanted) const {
  const weights::TensorInfo* info = m_checkpoint->find(wanted.name);
  return m_precision == Precision::AsStored && info != nullptr && isPackable(info->type);
}

Result<Matrix> WeightReader::words(const WantedTensor& wanted) const {
  if (staysPacked(wanted)) return packedMatrix(wanted, kernels::MatrixUse::ProductsAndRows);
  auto table = m_checkpoint->load(wanted.name);
  if (!table) return tl::unexpected(table.error());
  return Matrix(*std::move(table));
}

Result<Matrix> WeightReader::matrix(const WantedTensor& wanted) const {
  if (wanted.bits > 0) return wholeNumberMatrix(wanted);
  if (staysPacked(wanted)) return packedMatrix(wanted, kernels::MatrixUse::Products);
  auto weight = dense(wanted, computeType());
  if (!weight) return tl::unexpected(weight.error());
  return Matrix(*std::move(weight));
}

Result<Matrix> WeightReader::packedMatrix(const WantedTensor& wanted, kernels::MatrixUse use) const {
  auto stored = m_checkpoint->stored(wanted.name);
  if (!stored) return tl::unexpected(stored.error());
  onlyWantedRows(*stored, wanted);
  weights::StoredTensor blocks = *stored;
  std::shared_ptr<const void> owner = m_checkpoint;
  kernels::KeptStrips strips = kept(wanted, *stored);
  if (wanted.interleaved.heads > 0 && strips.bytes.empty()) {
    const auto rows = std::make_shared_for_overwrite<std::byte[]>(stored->bytes.size());
    putInOrder(stored->bytes, stored->shape[0], wanted.interleaved, rows.get());
    blocks.bytes = {rows.get(), stored->bytes.size()};
    owner = rows;
  }
  auto matrix = packed(wanted, blocks, std::move(owner), use, std::move(strips));
  m_checkpoint->letGo(wanted.name);  // rows are read from it again, one at a time
  return matrix;
}

Result<Matrix> WeightReader::wholeNumberMatrix(const WantedTensor& wanted) const {
  auto scale = m_checkpoint->load(wanted.scaleName());
  if (!scale) return tl::unexpected(scale.error());
  const bool asBlocks =
      m_precision == Precision::AsStored && wanted.shape.back() % 32 == 0 && scale->scalar_type() == at::kHalf;
  auto stored = m_checkpoint->stored(wanted.name);
  if (!stored) return tl::unexpected(stored.error());
  onlyWantedRows(*stored, wanted);
  const weights::StorageType type = wanted.bits == 8 ? weights::StorageType::Q8_0 : weights::StorageType::Q4_0;
  weights::StoredTensor blocks{{stored->shape[0], wanted.shape.back()}, type, {}};
  kernels::KeptStrips strips = asBlocks ? kept(wanted, *stored) : kernels::KeptStrips{};
  std::shared_ptr<const RepackedRows> rows;
  if (strips.bytes.empty()) {
    auto numbers = m_checkpoint->load(wanted.name);
    if (!numbers) return tl::unexpected(numbers.error());
    const at::Tensor its = taken(*numbers, wanted), steps = taken(*scale, wanted);
    if (!asBlocks) return Matrix(opened(its, steps, wanted.bits).to(computeType()));
    rows = std::make_shared<const RepackedRows>(repacked(its, steps, wanted.bits));
    blocks.bytes = rows->blocks;
  }
  auto matrix = packed(wanted, blocks, std::move(rows), kernels::MatrixUse::Products, std::move(strips));
  m_checkpoint->letGo(wanted.name);
  return matrix;
}

kernels::KeptStrips WeightReader::kept(const WantedTensor& wanted, const weights::StoredTensor& stored) const {
  if (m_packed == nullptr || kernels::activeIsa() == kernels::Isa::Plain) return {};
  return m_packed->find(wanted.partName(), stored);
}

Result<Matrix> WeightReader::packed(const WantedTensor& wanted, const weights::StoredTensor& blocks,
                                    std::shared_ptr<const void> owner, kernels::MatrixUse use,
                                    kernels::KeptStrips kept) const {
  auto matrix =
      kernels::QuantizedLinear::create(blocks, std::move(owner), m_pool, kernels::activeIsa(), use, std::move(kept));
  if (!matrix) return tl::unexpected(matrix.error());
  if (m_packed != nullptr) m_packed->add(wanted.partName(), *matrix);
  return Matrix(*std::move(matrix));
}

Result<Linear> WeightReader::linear(const std::vector<WantedTensor>& wanted,
                                    const std::vector<WantedTensor>& biases) const {
  std::vector<Matrix> matrices;
  for (const WantedTensor& tensor : wanted) {
    auto loaded = matrix(tensor);
    if (!loaded) return tl::unexpected(loaded.error());
    matrices.push_back(*std::move(loaded));
  }
  std::vector<at::Tensor> added;
  for (const WantedTensor& bias : biases) {
    auto loaded = dense(bias, computeType());
    if (!loaded) return tl::unexpected(loaded.error());
    added.push_back(*std::move(loaded));
  }
  return Linear(std::move(matrices), std::move(added));
}

}  // namespace xllm::llm
