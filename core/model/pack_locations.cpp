#include "core/model/pack_locations.h"

#include <cstdlib>
#include <system_error>

#include "core/base/this_process.h"

namespace xllm::model {

namespace fs = std::filesystem;

std::vector<fs::path> packFolders(const fs::path& program) {
  std::vector<fs::path> folders;
  if (const char* own = std::getenv("XLLM_PACKS"); own != nullptr && *own != '\0') folders.emplace_back(own);
  if (const fs::path data = dataHome(); !data.empty()) folders.push_back(data / "xllm/packs");
  const fs::path bin = program.parent_path();
  folders.push_back((bin / "../share/xllm/packs").lexically_normal());
#ifdef __APPLE__
  folders.push_back((bin / "../Resources/packs").lexically_normal());  // of a bundle
#endif
  folders.push_back((bin / "../../packs").lexically_normal());
  return folders;
}

fs::path ownPackFolder(const fs::path& program) { return packFolders(program).front(); }

fs::path packedWeightsFolder() {
  if (const char* own = std::getenv("XLLM_CACHE"); own != nullptr && *own != '\0') return fs::path(own) / "packed";
  const fs::path cache = cacheHome();
  return cache.empty() ? cache : cache / "xllm/packed";
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
