// A run on disk: run.json (what is trained and how), metrics.jsonl (a line per logged step), checkpoints/ (everything
// needed to go on), samples/ (what the model says now) and interface.safetensors (the weights alone, for a pack). All
// writes are atomic.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/base/result.h"
#include "core/training/optimizer.h"
#include "core/training/train_config.h"

namespace xllm::training {

class RunFolder {
 public:
  // A new run refuses a folder that already holds checkpoints; a resumed one needs them. BadInput and NotFound say so.
  static Result<RunFolder> open(const TrainConfig& config, bool resume);

  const std::filesystem::path& path() const { return m_path; }
  std::filesystem::path exported() const { return m_path / "interface.safetensors"; }
  std::optional<std::filesystem::path> newestCheckpoint() const;

  Result<void> saveCheckpoint(const AdamW& optimizer, std::int64_t keep) const;
  // Loads the newest checkpoint into the optimizer and its parameters, and forgets metrics written after it.
  Result<void> loadNewest(AdamW& optimizer) const;
  Result<void> addMetrics(const nlohmann::json& line) const;
  Result<void> saveSamples(std::int64_t step, const std::string& text) const;

 private:
  explicit RunFolder(std::filesystem::path path) : m_path(std::move(path)) {}
  Result<void> forgetMetricsAfter(std::int64_t step) const;

  std::filesystem::path m_path;
};

// The newest complete checkpoint of the run in `folder`, if any.
std::optional<std::filesystem::path> newestCheckpointIn(const std::filesystem::path& folder);

// Writes beside `path`, then renames: the file is complete or was not touched.
Result<void> writeAtomically(const std::filesystem::path& path, const std::string& text);

}  // namespace xllm::training
