#include "core/base/whole_file.h"

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/folder_entries.h"
#include "core/base/this_process.h"

namespace xllm {

namespace {

std::filesystem::path uniquePart(const std::filesystem::path& path) {
  static std::atomic<std::uint64_t> number{0};
  std::filesystem::path part = path;
  part += "." + std::to_string(processId()) + "-" + std::to_string(++number);
  return part;
}

// A link stays one: what it leads to is written.
std::filesystem::path meant(const std::filesystem::path& path) {
  std::error_code broken;
  if (!std::filesystem::is_symlink(path, broken)) return path;
  const std::filesystem::path target = std::filesystem::canonical(path, broken);
  return broken ? path : target;
}

// "….safetensors.4711-3"
bool isUniquePart(const std::filesystem::path& file, std::string_view ending) {
  const std::string part = file.extension().string();
  return file.stem().extension() == ending && part.find('-') != std::string::npos &&
         part.find_first_not_of("0123456789-", 1) == std::string::npos;
}

}  // namespace

WholeFile::WholeFile(std::filesystem::path path, std::filesystem::path part)
    : m_path(std::move(path)), m_part(std::move(part)) {
  open();
}

WholeFile::WholeFile(const std::filesystem::path& path) : WholeFile(meant(path), uniquePart(meant(path))) {}

void removeUnfinished(const std::filesystem::path& folder, std::string_view ending) {
  std::error_code ignored;
  for (const auto& entry : entriesIn(folder, ignored)) {
    if (isUniquePart(entry.path(), ending)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace xllm
