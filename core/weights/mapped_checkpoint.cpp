#include "core/weights/mapped_checkpoint.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include "core/weights/block_formats.h"
#include "core/weights/format_error.h"

namespace xllm::weights {
namespace {

std::int64_t elementCount(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;  // checked by storedBytes() when the tensor was added
  for (const std::int64_t size : shape) count *= size;
  return count;
}

at::Tensor dequantised(const TensorInfo& info, std::span<const std::byte> bytes) {
  at::Tensor tensor = at::empty(info.shape, at::kFloat);
  const BlockLayout layout = blockLayout(info.type);
  float* values = tensor.mutable_data_ptr<float>();
  const std::int64_t blocks = tensor.numel() / layout.elements;
  constexpr std::int64_t kBlocksPerTask = 4096;
  at::parallel_for(0, blocks, kBlocksPerTask, [&](std::int64_t begin, std::int64_t end) {
    const auto part = static_cast<std::size_t>(end - begin);
    dequantise(
        info.type,
        bytes.subspan(static_cast<std::size_t>(begin * layout.bytes), part * static_cast<std::size_t>(layout.bytes)),
        {values + begin * layout.elements, part * static_cast<std::size_t>(layout.elements)});
  });
  return tensor;
}

// The elements of a strided view, one after the other.
void gather(const TensorInfo& info, const TensorPlace& place, std::size_t elementBytes, std::byte* out) {
  const std::size_t rank = info.shape.size();
  std::vector<std::int64_t> at(rank, 0);
  std::int64_t offset = 0;
  for (std::int64_t left = elementCount(info.shape); left > 0; --left) {
    std::memcpy(out, place.bytes.data() + static_cast<std::size_t>(offset) * elementBytes, elementBytes);
    out += elementBytes;
    for (std::size_t d = rank; d-- > 0;) {
      offset += place.strides[d];
      if (++at[d] < info.shape[d]) break;
      offset -= place.strides[d] * info.shape[d];
      at[d] = 0;
    }
  }
}

at::Tensor copied(const TensorInfo& info, const TensorPlace& place, at::ScalarType type) {
  at::Tensor tensor = at::empty(info.shape, type);
  auto* out = static_cast<std::byte*>(tensor.mutable_data_ptr());
  const std::size_t bytes = tensor.nbytes();
  if (bytes == 0) return tensor;
  if (place.strides.empty()) {
    std::memcpy(out, place.bytes.data(), bytes);
  } else {
    gather(info, place, tensor.element_size(), out);
  }
  if (type == at::kBool) {  // a C++ bool that is neither 0 nor 1 is undefined behaviour
    std::for_each(out, out + bytes, [](std::byte& b) { b = b == std::byte{0} ? b : std::byte{1}; });
  }
  return tensor;
}

at::Tensor mapped(const TensorInfo& info, const TensorPlace& place, at::ScalarType type) {
  void* data = const_cast<std::byte*>(place.bytes.data());  // at::Tensor knows no const; checkpoint.h says: read-only
  return at::from_blob(
      data, info.shape, [file = place.file](void*) {}, at::TensorOptions(type));
}

}  // namespace

MappedCheckpoint::MappedCheckpoint(std::filesystem::path path, std::string_view format)
    : Checkpoint(std::move(path)), m_format(format) {}

void MappedCheckpoint::add(TensorInfo info, TensorPlace place) {
  try {
    info.bytes = storedBytes(info.type, info.shape);
  } catch (const FormatError& error) {
    throw FormatError("tensor \"" + info.name + "\": " + error.what(), error.code());
  }
  if (place.strides.empty() && place.bytes.size() != info.bytes) {
    throw FormatError("tensor \"" + info.name + "\" needs " + std::to_string(info.bytes) + " bytes and has " +
                      std::to_string(place.bytes.size()));
  }
  if (!m_index.emplace(info.name, m_tensors.size()).second) {
    throw FormatError("two tensors are called \"" + info.name + "\"");
  }
  m_tensors.push_back(std::move(info));
  m_places.push_back(std::move(place));
}

const TensorInfo* MappedCheckpoint::find(std::string_view name) const {
  const auto found = m_index.find(name);
  return found == m_index.end() ? nullptr : &m_tensors[found->second];
}

const TensorPlace& MappedCheckpoint::place(const TensorInfo& info) const {
  return m_places[static_cast<std::size_t>(&info - m_tensors.data())];
}

Result<at::Tensor> MappedCheckpoint::load(std::string_view name) const {
  const TensorInfo* info = find(name);
  if (info == nullptr) {
    return fail(ErrorCode::NotFound, path().string() + " has no tensor \"" + std::string(name) + "\".");
  }
  const TensorPlace& where = place(*info);
  try {
    if (isBlockFormat(info->type)) return dequantised(*info, where.bytes);
    const auto type = scalarType(info->type);
    if (!type) {
      return fail(ErrorCode::Unsupported, path().string() + ": tensor \"" + std::string(name) + "\" has the type " +
                                              std::string(toString(info->type)) + ", which cannot be computed with.");
    }
    const auto address = reinterpret_cast<std::uintptr_t>(where.bytes.data());
    const bool aligned = address % static_cast<std::uintptr_t>(blockLayout(info->type).bytes) == 0;
    const bool view = where.strides.empty() && aligned && !where.bytes.empty() && *type != at::kBool;
    return view ? mapped(*info, where, *type) : copied(*info, where, *type);
  } catch (const std::exception& error) {  // LibTorch's allocator throws its own type when memory runs out
    return fail(ErrorCode::OutOfMemory, path().string() + ": no memory for tensor \"" + std::string(name) + "\" (" +
                                            std::to_string(info->bytes) + " bytes stored).");
  }
}

Result<StoredTensor> MappedCheckpoint::stored(std::string_view name) const {
  const TensorInfo* info = find(name);
  if (info == nullptr) {
    return fail(ErrorCode::NotFound, path().string() + " has no tensor \"" + std::string(name) + "\".");
  }
  const TensorPlace& where = place(*info);
  if (!where.strides.empty()) {
    return fail(ErrorCode::BadInput, path().string() + ": tensor \"" + std::string(name) +
                                         "\" is a strided view; its bytes do not lie side by side. Load it instead.");
  }
  return StoredTensor{info->shape, info->type, where.bytes};
}

void MappedCheckpoint::letGo(std::string_view name) const {
  const TensorInfo* info = find(name);
  if (info != nullptr) place(*info).file->letGo(place(*info).bytes);
}

}  // namespace xllm::weights
