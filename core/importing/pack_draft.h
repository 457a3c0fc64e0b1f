// A folder that is being written: hidden beside its place until it is complete. Internal to core/importing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace xllm::importing {

// Without finish(), nothing is left behind; of a process that was killed, the next draft of the same name removes it.
class PackDraft {
 public:
  explicit PackDraft(std::filesystem::path into);
  ~PackDraft();
  PackDraft(const PackDraft&) = delete;
  PackDraft& operator=(const PackDraft&) = delete;

  // BadInput where there is something already, DiskFull where `bytes` will not fit.
  Result<void> begin(std::uint64_t bytes);
  const std::filesystem::path& folder() const { return m_part; }
  // Where a file of this name inside the pack goes; its folder is there.
  std::filesystem::path place(const std::string& inside) const;
  Result<void> copy(const std::filesystem::path& from, const std::string& inside) const;
  // The same, sharing the bytes where the file system can: for files that never change.
  Result<void> link(const std::filesystem::path& from, const std::string& inside) const;
  Result<void> write(const std::string& text, const std::string& inside) const;
  // The folder gets its name.
  Result<void> finish();

 private:
  std::filesystem::path m_into, m_part;
  bool m_done = false;
};

}  // namespace xllm::importing
