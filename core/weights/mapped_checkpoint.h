// What all readers hand back: a Checkpoint whose tensors lie in mapped files. Knows no file format.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/mapped_file.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

// Where one tensor lies. `bytes` starts at the first element; for a view with strides it holds all elements reached.
struct TensorPlace {
  std::shared_ptr<const MappedFile> file;
  std::span<const std::byte> bytes;
  std::vector<std::int64_t> strides;  // in elements; empty: row-major without gaps
};

class MappedCheckpoint final : public Checkpoint {
 public:
  MappedCheckpoint(std::filesystem::path path, std::string_view format);  // `format` is a literal

  // Used while reading; afterwards the object is only handed out as const. add() throws FormatError for a second tensor
  // of the same name and for a place that does not hold what `info` says. A file that metadata points into must be
  // kept.
  void add(TensorInfo info, TensorPlace place);
  void setMetadata(Metadata metadata) { m_metadata = std::move(metadata); }
  void keep(std::shared_ptr<const MappedFile> file) { m_kept.push_back(std::move(file)); }

  std::string_view format() const override { return m_format; }
  const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
  const Metadata& metadata() const override { return m_metadata; }
  const TensorInfo* find(std::string_view name) const override;
  Result<at::Tensor> load(std::string_view name) const override;
  Result<StoredTensor> stored(std::string_view name) const override;
  void letGo(std::string_view name) const override;
  const TensorPlace& place(const TensorInfo& info) const;  // `info` from tensors() or find()

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };

  std::string_view m_format;
  std::vector<TensorInfo> m_tensors;
  std::vector<TensorPlace> m_places;  // beside m_tensors
  std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>> m_index;
  Metadata m_metadata;
  std::vector<std::shared_ptr<const MappedFile>> m_kept;
};

}  // namespace xllm::weights
