// A file that exists under its name only once it is complete and on the disk. Until finish() it is written beside it;
// devices and pipes are written at once. Leaves files that grow (logs) to std::ofstream. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace xllm {

class WholeFile {
 public:
  // `part`: where it is written, in the folder of `path`; what lies there is overwritten.
  WholeFile(std::filesystem::path path, std::filesystem::path part);
  // Under a name that no other process and no other file of this one takes.
  explicit WholeFile(const std::filesystem::path& path);
  ~WholeFile();  // not finished: nothing is left of it
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void write(const void* data, std::size_t bytes);  // does nothing after an error
  void write(std::string_view text) { write(text.data(), text.size()); }
  std::error_code finish();  // the first error since the beginning; none: the file is there
  const std::filesystem::path& path() const { return m_path; }

 private:
  void open();
  void syncFolder() const;

  std::filesystem::path m_path, m_part;
  std::intptr_t m_file = -1;  // the system's handle
  bool m_isDevice = false;    // or a pipe: written as it is, and never replaced
  std::error_code m_error;
  bool m_done = false;
};

// Removes what programs that were killed left of files with this `ending` (".safetensors"), where WholeFile chose the
// part's name. For folders in which nobody writes now.
void removeUnfinished(const std::filesystem::path& folder, std::string_view ending);

}  // namespace xllm
