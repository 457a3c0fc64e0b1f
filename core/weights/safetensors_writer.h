// Writes a safetensors file tensor by tensor, so that a model larger than the memory can be written. saveSafetensors()
// in checkpoint.h is for tensors at hand.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/weights/checkpoint.h"

namespace xllm {
class WholeFile;
}

namespace xllm::weights {

// One thread. The file has its name only after finish(); without it nothing is left behind.
class SafetensorsWriter {
 public:
  // What is going to be written, in this order; `bytes` of the infos are not read. Block formats go in as bytes, and
  // the metadata "xllm.blocks" says what they are (docs/file-formats.md). Throws on names and types that no reader
  // accepts.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorInfo> tensors,
                    const std::map<std::string, std::string>& metadata = {});
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  // The next bytes of all tensors, one behind the other; how they are cut into calls does not matter.
  void write(std::span<const std::byte> bytes);
  // DiskFull when something could not be written. Throws when bytes are missing or too many.
  Result<void> finish();

 private:
  std::unique_ptr<WholeFile> m_file;
  std::uint64_t m_left = 0;  // bytes
};

}  // namespace xllm::weights
