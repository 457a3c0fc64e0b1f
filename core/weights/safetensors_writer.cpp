#include "core/weights/safetensors_writer.h"

#include <set>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "core/base/whole_file.h"
#include "core/weights/block_formats.h"
#include "core/weights/utf8.h"

namespace xllm::weights {
namespace {

std::optional<StorageType> storageTypeOf(at::ScalarType type) {
  switch (type) {
    case at::kFloat: return StorageType::F32;
    case at::kHalf: return StorageType::F16;
    case at::kBFloat16: return StorageType::BF16;
    case at::kLong: return StorageType::I64;
    case at::kInt: return StorageType::I32;
    case at::kChar: return StorageType::I8;
    case at::kByte: return StorageType::U8;
    default: return std::nullopt;
  }
}

// Everything about the arguments that would make a file no reader accepts is our own mistake.
void checkArguments(const std::vector<TensorInfo>& tensors, const std::map<std::string, std::string>& metadata) {
  std::set<std::string_view> names;
  for (const TensorInfo& tensor : tensors) {
    TORCH_CHECK(isUtf8(tensor.name) && tensor.name != "__metadata__", "a tensor cannot be called ", tensor.name);
    TORCH_CHECK(names.insert(tensor.name).second, "two tensors are called ", tensor.name);
  }
  for (const auto& [key, value] : metadata) {
    TORCH_CHECK(isUtf8(key) && isUtf8(value), "metadata that are not UTF-8: ", key);
  }
}

// Blocks are rows of bytes to everybody else.
nlohmann::ordered_json entryOf(const TensorInfo& tensor, std::uint64_t begin, std::uint64_t bytes) {
  std::vector<std::int64_t> shape = tensor.shape;
  const bool blocks = isBlockFormat(tensor.type);
  const BlockLayout layout = blockLayout(tensor.type);
  if (blocks) shape.back() = shape.back() / layout.elements * layout.bytes;
  return {{"dtype", blocks ? "U8" : toString(tensor.type)}, {"shape", shape}, {"data_offsets", {begin, begin + bytes}}};
}

// Padded with spaces, so that the data begin on a multiple of 64 and can be mapped and used where they lie. Inside,
// tensors follow each other without a gap, as the format demands.
std::string headerOf(const std::vector<TensorInfo>& tensors, std::map<std::string, std::string> metadata,
                     std::uint64_t& dataBytes) {
  constexpr std::size_t kAlignment = 64;
  nlohmann::json blocks = nlohmann::json::object();
  for (const TensorInfo& tensor : tensors) {
    if (isBlockFormat(tensor.type)) blocks[tensor.name] = toString(tensor.type);
  }
  if (!blocks.empty()) metadata[kBlocksKey] = blocks.dump();
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  dataBytes = 0;
  for (const TensorInfo& tensor : tensors) {
    const std::uint64_t bytes = storedBytes(tensor.type, tensor.shape);
    header[tensor.name] = entryOf(tensor, dataBytes, bytes);
    dataBytes += bytes;
  }
  std::string text = header.dump();
  const std::size_t withLength = text.size() + sizeof(std::uint64_t);
  text.append((kAlignment - withLength % kAlignment) % kAlignment, ' ');
  return text;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorInfo> tensors,
                                     const std::map<std::string, std::string>& metadata) {
  checkArguments(tensors, metadata);
  const std::string header = headerOf(tensors, metadata, m_left);
  const auto headerBytes = static_cast<std::uint64_t>(header.size());
  m_file = std::make_unique<WholeFile>(path);
  m_file->write(&headerBytes, sizeof headerBytes);
  m_file->write(header.data(), header.size());
}

SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::write(std::span<const std::byte> bytes) {
  TORCH_CHECK(bytes.size() <= m_left, bytes.size(), " bytes for the ", m_left, " that are left of a safetensors file");
  m_left -= bytes.size();
  m_file->write(bytes.data(), bytes.size());
}

Result<void> SafetensorsWriter::finish() {
  TORCH_CHECK(m_left == 0, m_left, " bytes of a safetensors file were not written");
  if (const std::error_code error = m_file->finish()) {
    return fail(ErrorCode::DiskFull, "Cannot write " + m_file->path().string() + ": " + error.message() + ".");
  }
  return {};
}

Result<void> saveSafetensors(const std::filesystem::path& path,
                             const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                             const std::map<std::string, std::string>& metadata) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, tensor] : tensors) {
    const auto type = tensor.defined() ? storageTypeOf(tensor.scalar_type()) : std::nullopt;
    TORCH_CHECK(type, "saveSafetensors: ", name, " is undefined or has a type that is not written");
    infos.push_back({name, tensor.sizes().vec(), *type});
  }
  SafetensorsWriter writer(path, std::move(infos), metadata);
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    writer.write({static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()});
  }
  return writer.finish();
}

}  // namespace xllm::weights
