// The packs of this machine: which there are, and installing, checking and removing them. Leaves loading to model.h.
// Heavy work: on a thread that may take its time; `stop` is looked at every megabyte.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/pack.h"

namespace xllm::model {

struct FoundPack {
  std::filesystem::path folder;
  Result<Pack> pack;  // or why it cannot be used
  bool own = false;   // in the user's own folder: it may be removed
};

// Every folder with a pack.json in `folders`, each once, by name. The first of them is the user's own, unless it is
// named again further down. `folders` holds one at least.
std::vector<FoundPack> findPacks(const std::vector<std::filesystem::path>& folders);

// The weights of a voice detector that core/listening reads: those of `loaded` (a pack's folder; empty: none), else of
// any pack in `folders`, best first. Nothing: no usable pack brings them.
std::optional<std::filesystem::path> findVoiceActivity(const std::filesystem::path& loaded,
                                                       const std::vector<std::filesystem::path>& folders);

// What it takes in memory when it is loaded, about: the language model as it is stored, encoders and interfaces with 32
// bits a number. Opens its files, but reads no weights.
std::uint64_t memoryBytes(const Pack& pack);

// 0…1, and the file that is being read.
using PackProgress = std::function<void(double fraction, const std::string& file)>;

// Compares every listed file with its size and, where it has one, its SHA-256 (packs of xllm import have none).
// CorruptFile names all that differ, are missing or cannot be read; Cancelled.
Result<void> verifyPack(const std::filesystem::path& folder, std::stop_token stop, const PackProgress& progress);

// Copies a pack (a folder with pack.json, or an .xpack file: the same as a zip archive without compression) to a folder
// of its own below `into` and answers which. It is there completely, with the right sizes and hashes, or not at all.
// BadInput: it is installed already. DiskFull says what is needed and what is there. Cancelled.
Result<std::filesystem::path> installPack(const std::filesystem::path& from, const std::filesystem::path& into,
                                          std::stop_token stop, const PackProgress& progress);

// Deletes a pack's folder below `own`; anything else is refused with BadInput.
Result<void> removePack(const std::filesystem::path& folder, const std::filesystem::path& own);

}  // namespace xllm::model
