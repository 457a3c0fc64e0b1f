#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "core/weights/checkpoint.h"
#include "core/weights/utf8.h"

namespace xllm::weights {
namespace {

const char* typeName(at::ScalarType type) {
  switch (type) {
    case at::kFloat: return "F32";
    case at::kHalf: return "F16";
    case at::kBFloat16: return "BF16";
    case at::kLong: return "I64";
    case at::kInt: return "I32";
    case at::kChar: return "I8";
    case at::kByte: return "U8";
    default: return nullptr;
  }
}

// A file that exists under its final name only once it is complete and on the disk.
class AtomicFile {
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

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// Everything about the arguments that would make a file no reader accepts is our own mistake.
void checkArguments(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    TORCH_CHECK(isUtf8(name) && name != "__metadata__", "saveSafetensors: a tensor cannot be called ", name);
    TORCH_CHECK(names.insert(name).second, "saveSafetensors: two tensors are called ", name);
    TORCH_CHECK(tensor.defined() && typeName(tensor.scalar_type()) != nullptr, "saveSafetensors: ", name,
                " is undefined or has a type that is not written: ", tensor.scalar_type());
  }
  for (const auto& [key, value] : metadata) {
    TORCH_CHECK(isUtf8(key) && isUtf8(value), "saveSafetensors: metadata that are not UTF-8: ", key);
  }
}

// Padded with spaces, so that the data begin on a multiple of 64 and can be mapped and used where they lie. Inside,
// tensors follow each other without a gap, as the format demands.
std::string headerOf(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  constexpr std::size_t kAlignment = 64;
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", typeName(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin, begin + tensor.nbytes()}}};
    begin += tensor.nbytes();
  }
  std::string text = header.dump();
  const std::size_t withLength = text.size() + sizeof(std::uint64_t);
  text.append((kAlignment - withLength % kAlignment) % kAlignment, ' ');
  return text;
}

}  // namespace

Result<void> saveSafetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                             const std::map<std::string, std::string>& metadata) {
  checkArguments(tensors, metadata);
  const std::string header = headerOf(tensors, metadata);
  const auto headerBytes = static_cast<std::uint64_t>(header.size());
  AtomicFile file(path);
  file.write(&headerBytes, sizeof headerBytes);
  file.write(header.data(), header.size());
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    file.write(plain.const_data_ptr(), plain.nbytes());
  }
  return file.finish();
}

}  // namespace xllm::weights
