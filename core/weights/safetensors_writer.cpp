#include "core/weights/safetensors_writer.h"

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

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

// A file that exists under its final name only once it is complete and on the disk.
class SafetensorsWriter::AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path) : m_path(std::move(path)), m_temporary(m_path.string() + ".XXXXXX") {
    m_fd = ::mkostemp(m_temporary.data(), O_CLOEXEC);
    if (m_fd < 0) m_error = errno;
  }
  ~AtomicFile() {
    if (m_fd >= 0) ::close(m_fd);
    if (m_fd >= 0 && !m_done) ::unlink(m_temporary.c_str());
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t bytes) {
    const auto* at = static_cast<const char*>(data);
    while (m_error == 0 && bytes > 0) {
      const ::ssize_t written = ::write(m_fd, at, bytes);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        m_error = errno;
        return;
      }
      at += written;
      bytes -= static_cast<std::size_t>(written);
    }
  }

  Result<void> finish() {
    constexpr ::mode_t kUsualMode = 0644;
    if (m_error == 0 && (::fchmod(m_fd, kUsualMode) != 0 || ::fsync(m_fd) != 0)) m_error = errno;
    if (m_error == 0 && ::rename(m_temporary.c_str(), m_path.c_str()) != 0) m_error = errno;
    if (m_error != 0) {
      return fail(ErrorCode::DiskFull, "Cannot write " + m_path.string() + ": " + std::strerror(m_error) + ".");
    }
    m_done = true;
    syncFolder();
    return {};
  }

 private:
  // The rename itself survives a power cut only when its folder is on the disk too. Not every file system can; then it
  // is late.
  void syncFolder() const {
    const auto folder = m_path.has_parent_path() ? m_path.parent_path() : std::filesystem::path(".");
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
  }

  std::filesystem::path m_path;
  std::string m_temporary;
  int m_fd = -1;
  int m_error = 0;
  bool m_done = false;
};

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorInfo> tensors,
                                     const std::map<std::string, std::string>& metadata) {
  checkArguments(tensors, metadata);
  const std::string header = headerOf(tensors, metadata, m_left);
  const auto headerBytes = static_cast<std::uint64_t>(header.size());
  m_file = std::make_unique<AtomicFile>(path);
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
  return m_file->finish();
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
