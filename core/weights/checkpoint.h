// One published checkpoint, opened: names, shapes and metadata at once, tensors when asked for. Reads safetensors,
// GGUF, PyTorch zip and legacy files, CTranslate2 model.bin, whisper.cpp's files, and an index of several of them;
// which one it is, is told from the bytes. No pickle is executed. Numbers and layouts: specs of the formats, see
// docs/file-formats.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/result.h"

namespace xllm::weights {

enum class StorageType {
  Bool = 1,
  U8,
  I8,
  U16,
  I16,
  U32,
  I32,
  U64,
  I64,
  F16,
  BF16,
  F32,
  F64,
  F8E4M3,
  F8E5M2,
  C64,  // listed by inspect; load() refuses what LibTorch has no type for
  Q4_0,
  Q4_1,
  Q5_0,
  Q8_0,
  Q4_K,
  Q6_K,
  Q5_1,
  Q2_K,
  Q3_K,
  Q5_K,  // ggml's blocks, in GGUF and whisper.cpp's files
};
std::string_view toString(StorageType type);  // "Q4_1"

struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;  // PyTorch's order: slowest first, also for GGUF
  StorageType type;
  std::uint64_t bytes = 0;  // as stored
};

// GGUF keys, safetensors `__metadata__`, CTranslate2's spec and scalar variables, numbers found in a PyTorch dictionary
// ("dims/n_mels"). String arrays point into the mapped file and live as long as the Checkpoint.
using MetadataValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                                   std::vector<double>, std::vector<std::string_view>>;
using Metadata = std::map<std::string, MetadataValue, std::less<>>;

// A tensor's bytes as stored, inside the mapping: row-major, possibly unaligned.
struct StoredTensor {
  std::vector<std::int64_t> shape;
  StorageType type;
  std::span<const std::byte> bytes;
};

// Immutable once open: any thread may read.
class Checkpoint {
 public:
  // CorruptFile with what is wrong and where, for anything malformed, truncated, overlapping or hostile.
  static Result<std::shared_ptr<const Checkpoint>> open(const std::filesystem::path& path);

  virtual ~Checkpoint() = default;
  virtual std::string_view format() const = 0;  // "safetensors", "gguf", "pytorch", "ctranslate2", "whisper.cpp"
  virtual const std::vector<TensorInfo>& tensors() const = 0;  // in file order
  virtual const Metadata& metadata() const = 0;
  virtual const TensorInfo* find(std::string_view name) const = 0;  // nullptr: not there

  // Stored floating types and integers come back as they are (own memory or a view that keeps the mapping alive; treat
  // it as read-only); quantised blocks come back as float32. NotFound when there is no such tensor.
  virtual Result<at::Tensor> load(std::string_view name) const = 0;
  // The bytes themselves, for layers that compute on packed blocks. BadInput for a strided PyTorch view.
  virtual Result<StoredTensor> stored(std::string_view name) const = 0;

  // Says that the tensor will not be read soon: its pages no longer count as this program's memory, and are read again
  // if it is. What load() and stored() gave stays valid.
  virtual void letGo(std::string_view name) const;

  // Typed look-ups; NotFound or CorruptFile (wrong type) name the key and the file.
  Result<std::int64_t> integer(std::string_view key) const;
  Result<double> number(std::string_view key) const;  // accepts integers too
  Result<std::string> text(std::string_view key) const;
  const std::filesystem::path& path() const { return m_path; }

 protected:
  explicit Checkpoint(std::filesystem::path path) : m_path(std::move(path)) {}

 private:
  std::filesystem::path m_path;
};

// Writes tensors [any shape, F32 F16 BF16 I64 I32 I8 U8] as safetensors, atomically: the file is complete or was not
// touched. The same input gives the same bytes (tensors in the given order; metadata sorted).
Result<void> saveSafetensors(const std::filesystem::path& path,
                             const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                             const std::map<std::string, std::string>& metadata = {});

}  // namespace xllm::weights
