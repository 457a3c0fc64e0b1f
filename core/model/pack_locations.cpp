#include "core/model/pack_locations.h"

#include <cstdlib>
#include <system_error>

namespace xllm::model {

namespace fs = std::filesystem;

namespace {

fs::path environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? fs::path(value) : fs::path();
}

}  // namespace

std::vector<fs::path> packFolders(const fs::path& program) {
  std::vector<fs::path> folders;
  if (const fs::path own = environment("XLLM_PACKS"); !own.empty()) folders.push_back(own);
  if (const fs::path data = environment("XDG_DATA_HOME"); !data.empty()) {
    folders.push_back(data / "xllm/packs");
  } else if (const fs::path home = environment("HOME"); !home.empty()) {
    folders.push_back(home / ".local/share/xllm/packs");
  }
  const fs::path bin = program.parent_path();
  folders.push_back((bin / "../share/xllm/packs").lexically_normal());
  folders.push_back((bin / "../../packs").lexically_normal());
  return folders;
}

fs::path ownPackFolder(const fs::path& program) { return packFolders(program).front(); }

fs::path packedWeightsFolder() {
  if (const fs::path own = environment("XLLM_CACHE"); !own.empty()) return own / "packed";
  if (const fs::path cache = environment("XDG_CACHE_HOME"); !cache.empty()) return cache / "xllm/packed";
  const fs::path home = environment("HOME");
  return home.empty() ? home : home / ".cache/xllm/packed";
}

fs::path programFile() {
  std::error_code problem;
  return fs::read_symlink("/proc/self/exe", problem);
}

Result<fs::path> findPack(const std::string& wanted, const fs::path& program) {
  std::error_code ignored;
  if (!wanted.empty() && fs::is_directory(wanted, ignored)) return fs::path(wanted);

  const std::string name = wanted.empty() ? "starter" : wanted;
  std::string looked;
  for (const fs::path& folder : packFolders(program)) {
    if (fs::is_regular_file(folder / name / "pack.json", ignored)) return folder / name;
    looked += "\n  " + (folder / name).string();
  }
  return fail(ErrorCode::NotFound, "There is no model pack \"" + name + "\". Looked for pack.json in:" + looked +
                                       "\nGive the pack's folder, or make the starter pack with `make starter-pack`.");
}

}  // namespace xllm::model
