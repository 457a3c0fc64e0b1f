// Where packs are looked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace xllm::model {

// Folders that may hold packs, best first: $XLLM_PACKS; the user's data folder ($XDG_DATA_HOME/xllm/packs, else
// ~/.local/share/xllm/packs); ../share/xllm/packs beside an installed program; ../../packs beside one in its build
// tree.
std::vector<std::filesystem::path> packFolders(const std::filesystem::path& program);

// Of these, the one that is the user's own: where packs are installed, and may be removed again.
std::filesystem::path ownPackFolder(const std::filesystem::path& program);

// Of "own-pictures-stage1", with or without .json: the training config of that name that comes with the program, which
// lies in ../share/xllm/presets beside it or in the source tree that it was built in. NotFound names all there are.
Result<std::filesystem::path> findPreset(const std::string& name, const std::filesystem::path& program);

// Where repacked weights are kept (llm::PackedWeights): $XLLM_CACHE/packed, else xllm/packed in cacheHome(). Empty
// where there is none.
std::filesystem::path packedWeightsFolder();

// `wanted`: a pack's folder, a pack's name below one of packFolders(), or empty for "starter". NotFound says where was
// looked.
Result<std::filesystem::path> findPack(const std::string& wanted, const std::filesystem::path& program);

}  // namespace xllm::model
