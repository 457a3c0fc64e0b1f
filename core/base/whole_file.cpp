#include "core/base/whole_file.h"

#include <atomic>
#include <string>
#include <utility>

#include "core/base/this_process.h"

namespace xllm {

namespace {

std::filesystem::path uniquePart(const std::filesystem::path& path) {
  static std::atomic<std::uint64_t> number{0};
  std::filesystem::path part = path;
  part += "." + std::to_string(processId()) + "-" + std::to_string(++number);
  return part;
}

}  // namespace

WholeFile::WholeFile(std::filesystem::path path, std::filesystem::path part)
    : m_path(std::move(path)), m_part(std::move(part)) {
  open();
}

WholeFile::WholeFile(const std::filesystem::path& path) : WholeFile(path, uniquePart(path)) {}

}  // namespace xllm
