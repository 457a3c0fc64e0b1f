#include "core/importing/pack_draft.h"

#include <fstream>
#include <system_error>
#include <utility>

namespace xllm::importing {

namespace fs = std::filesystem;

PackDraft::PackDraft(fs::path into)
    : m_into(std::move(into)), m_part(m_into.parent_path() / ("." + m_into.filename().string() + ".part")) {}

PackDraft::~PackDraft() {
  std::error_code ignored;
  if (!m_done) fs::remove_all(m_part, ignored);
}

Result<void> PackDraft::begin(std::uint64_t bytes) {
  std::error_code problem;
  if (fs::exists(m_into, problem)) {
    return fail(ErrorCode::BadInput,
                m_into.string() + " is there already. Remove it, or give the new pack another name.");
  }
  fs::remove_all(m_part, problem);
  fs::create_directories(m_part, problem);
  if (problem)
    return fail(ErrorCode::DiskFull, "Cannot make the folder " + m_part.string() + ": " + problem.message() + ".");
  const auto space = fs::space(m_part, problem);
  if (!problem && space.available < bytes) {
    return fail(ErrorCode::DiskFull, "The pack needs " + std::to_string(bytes / 1'000'000) + " MB in " +
                                         m_into.parent_path().string() + ", where " +
                                         std::to_string(space.available / 1'000'000) +
                                         " MB are free. Make room, or import it with fewer bits.");
  }
  return {};
}

fs::path PackDraft::place(const std::string& inside) const {
  std::error_code ignored;  // told by whoever writes there
  fs::create_directories((m_part / inside).parent_path(), ignored);
  return m_part / inside;
}

Result<void> PackDraft::copy(const fs::path& from, const std::string& inside) const {
  std::error_code problem;
  fs::copy_file(from, place(inside), problem);
  return problem ? fail(ErrorCode::DiskFull,
                        "Cannot copy " + from.string() + " into " + m_part.string() + ": " + problem.message() + ".")
                 : Result<void>();
}

Result<void> PackDraft::link(const fs::path& from, const std::string& inside) const {
  std::error_code problem;
  fs::create_hard_link(fs::canonical(from, problem), place(inside), problem);
  return problem ? copy(from, inside) : Result<void>();
}

Result<void> PackDraft::write(const std::string& text, const std::string& inside) const {
  std::ofstream out(place(inside), std::ios::binary);
  out << text;
  return out.flush() ? Result<void>() : fail(ErrorCode::DiskFull, "Cannot write " + (m_part / inside).string() + ".");
}

Result<void> PackDraft::finish() {
  std::error_code problem;
  fs::rename(m_part, m_into, problem);
  if (problem) {
    return fail(ErrorCode::DiskFull,
                "Cannot give the pack its name " + m_into.string() + ": " + problem.message() + ".");
  }
  m_done = true;
  return {};
}

}  // namespace xllm::importing
