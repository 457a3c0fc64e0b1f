// A run on disk: run.json (what is trained and how), metrics.jsonl (a line per logged step), checkpoints/ (everything
// needed to go on), samples/ (what the model says now) and interface.safetensors (the weights alone, for a pack). Files
// are complete or as they were; metrics.jsonl alone grows, and a last line that was cut off is passed over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.h"
#include "core/training/optimizer.h"
#include "core/training/train_config.h"

namespace xllm {
class FileLock;
}

namespace xllm::training {

class RunFolder {
 public:
  // A new run refuses a folder that already holds checkpoints; a resumed one needs them; one that another process
  // trains in is refused as long as that process lives. BadInput and NotFound say so. `ranks` is written down.
  static Result<RunFolder> open(const TrainConfig& config, bool resume, std::int64_t ranks = 1);

  const std::filesystem::path& path() const { return m_path; }
  std::filesystem::path exported() const { return m_path / "interface.safetensors"; }
  std::optional<std::filesystem::path> newestCheckpoint() const;

  // What a resumed run does otherwise than the run so far, in ways that change its bits: sentences for people.
  const std::vector<std::string>& notes() const { return m_notes; }

  // `loopState` is kept with the checkpoint, as text; nothing that differs from run to run may be in it.
  Result<void> saveCheckpoint(const AdamW& optimizer, std::int64_t keep, const std::string& loopState = {}) const;
  // Loads the newest checkpoint into the optimizer and its parameters, and forgets metrics written after it. Answers
  // the checkpoint's loopState.
  Result<std::string> loadNewest(AdamW& optimizer) const;
  // Makes the checkpoint of `step` the newest one: deletes later ones, the samples and exported weights that came after
  // it, and best weights that were found later. NotFound names the steps that there are.
  Result<void> goBackTo(std::int64_t step) const;
  bool hasBest() const;
  // The parameters of the best validation so far, without moments: where a next stage starts from (startingPointIn).
  Result<void> saveBest(const AdamW& optimizer) const;
  Result<void> addMetrics(const nlohmann::json& line) const;
  Result<void> saveSamples(std::int64_t step, const std::string& text) const;

 private:
  explicit RunFolder(std::filesystem::path path) : m_path(std::move(path)) {}
  Result<void> lock();
  Result<void> describe(const TrainConfig& config, bool resume, std::int64_t ranks);
  Result<void> forgetMetricsAfter(std::int64_t step) const;

  std::filesystem::path m_path;
  std::shared_ptr<FileLock> m_lock;  // let go with the last copy
  std::vector<std::string> m_notes;
};

// The newest complete checkpoint of the run in `folder`, if any.
std::optional<std::filesystem::path> newestCheckpointIn(const std::filesystem::path& folder);
// The weights that the run in `folder` is worth: of its best validation where it kept them, else the newest checkpoint.
std::optional<std::filesystem::path> startingPointIn(const std::filesystem::path& folder);

// Writes beside `path`, brings it to the disk, then renames: the file is complete or was not touched.
Result<void> writeAtomically(const std::filesystem::path& path, const std::string& text);

}  // namespace xllm::training
