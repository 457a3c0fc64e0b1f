#include "core/model/pack_locations.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "core/base/folder_entries.h"
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

Result<fs::path> findPreset(const std::string& name, const fs::path& program) {
  const fs::path bin = program.parent_path();
  const std::string file = name.ends_with(".json") ? name : name + ".json";
  std::vector<std::string> names;
  for (const char* place : {"../share/xllm/presets", "../Resources/presets", "../../../resources/presets"}) {
    const fs::path folder = (bin / place).lexically_normal();
    std::error_code ignored;
    if (fs::is_regular_file(folder / file, ignored)) return folder / file;
    for (const auto& entry : entriesIn(folder, ignored)) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  std::string known;
  for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
  return fail(ErrorCode::NotFound, "There is no file " + name +
                                       ", and no training config of that name comes with the program" +
                                       (known.empty() ? "." : "; there are " + known + "."));
}

Result<fs::path> findPack(const std::string& wanted, const fs::path& program) {
  std::error_code ignored;
  const bool isFolder = !wanted.empty() && fs::is_directory(wanted, ignored);
  if (isFolder && fs::is_regular_file(fs::path(wanted) / "pack.json", ignored)) return fs::path(wanted);

  const std::string name = wanted.empty() ? "starter" : wanted;
  std::string looked;
  for (const fs::path& folder : packFolders(program)) {
    if (fs::is_regular_file(folder / name / "pack.json", ignored)) return folder / name;
    looked += "\n  " + (folder / name).string();
  }
  if (isFolder) return fs::path(wanted);  // no pack, as whoever opens it will say
  if (fs::path(wanted).has_parent_path()) {
    const char* const why = fs::exists(wanted, ignored) ? " is a file, and no model pack." : " is not there.";
    return fail(ErrorCode::NotFound, wanted + why + " A pack is a folder with a pack.json: give it, or its name.");
  }
  return fail(ErrorCode::NotFound, "There is no model pack \"" + name + "\". Looked for pack.json in:" + looked +
                                       "\nGive the pack's folder, or the name of one of these. (In a source tree, "
                                       "`make starter-pack` makes the starter pack.)");
}

}  // namespace xllm::model
