#include "core/training/run_folder.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include <torch/torch.h>

#include "core/data/format_text.h"
#include "core/weights/checkpoint.h"

namespace xllm::training {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

tl::unexpected<Error> cannotWrite(const fs::path& path) {
  return fail(
      ErrorCode::DiskFull,
      data::formatText("{} cannot be written. Check the free space and the folder's permissions.", path.string()));
}

// Checkpoints by name, which is by step: the newest last.
std::vector<fs::path> checkpointsIn(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<void> restore(const weights::Checkpoint& file, const std::string& name, const at::Tensor& tensor) {
  const auto stored = file.load(name);
  if (!stored) return tl::unexpected(stored.error());
  if (stored->sizes() != tensor.sizes()) {
    return fail(ErrorCode::BadInput,
                data::formatText("The checkpoint {} belongs to an interface of other sizes ({}). Start a new run.",
                                 file.path().string(), name));
  }
  const torch::NoGradGuard noGrad;
  at::Tensor target = tensor;
  target.copy_(*stored);
  return {};
}

}  // namespace

Result<void> writeAtomically(const fs::path& path, const std::string& text) {
  const fs::path part = path.string() + ".part";
  std::ofstream stream(part, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) return cannotWrite(part);
  std::error_code failed;
  fs::rename(part, path, failed);
  if (failed) return cannotWrite(path);
  return {};
}

Result<RunFolder> RunFolder::open(const TrainConfig& config, bool resume) {
  RunFolder run(config.run);
  std::error_code failed;
  for (const char* name : {"checkpoints", "samples"}) fs::create_directories(config.run / name, failed);
  if (failed) return cannotWrite(config.run);
  const bool started = run.newestCheckpoint().has_value();
  if (started && !resume) {
    return fail(ErrorCode::BadInput,
                data::formatText("{} already holds a run. Go on with it (--resume), or choose another folder "
                                 "(--set run=…).",
                                 config.run.string()));
  }
  if (!started && resume) {
    return fail(ErrorCode::NotFound, data::formatText("{} holds no checkpoint to resume from. Start without --resume.",
                                                      config.run.string()));
  }
  const json description = {{"format", 1}, {"program", "xllm train"}, {"config", config.source}};
  if (auto written = writeAtomically(config.run / "run.json", description.dump(2) + "\n"); !written) {
    return tl::unexpected(written.error());
  }
  return run;
}

std::optional<fs::path> RunFolder::newestCheckpoint() const { return newestCheckpointIn(m_path); }

std::optional<fs::path> newestCheckpointIn(const fs::path& folder) {
  const auto found = checkpointsIn(folder / "checkpoints");
  return found.empty() ? std::nullopt : std::optional(found.back());
}

Result<void> RunFolder::saveCheckpoint(const AdamW& optimizer, std::int64_t keep) const {
  const fs::path path = m_path / "checkpoints" / ("step-" + data::padded(optimizer.steps(), 8) + ".safetensors");
  const auto saved = weights::saveSafetensors(path, optimizer.state(), {{"step", std::to_string(optimizer.steps())}});
  if (!saved) return saved;
  auto all = checkpointsIn(m_path / "checkpoints");
  std::error_code ignored;
  for (; static_cast<std::int64_t>(all.size()) > keep; all.erase(all.begin())) fs::remove(all.front(), ignored);
  return {};
}

Result<void> RunFolder::loadNewest(AdamW& optimizer) const {
  const auto newest = newestCheckpoint();
  TORCH_CHECK(newest, "open() has checked that there is a checkpoint");
  const auto file = weights::Checkpoint::open(*newest);
  if (!file) return tl::unexpected(file.error());
  for (const auto& [name, tensor] : optimizer.state()) {
    if (const auto fine = restore(**file, name, tensor); !fine) return fine;
  }
  const auto step = (*file)->text("step");
  if (!step) return tl::unexpected(step.error());
  std::int64_t steps = 0;
  for (const char digit : *step) {
    if (digit < '0' || digit > '9')
      return fail(ErrorCode::CorruptFile, newest->string() + " has no usable step number.");
    steps = steps * 10 + (digit - '0');
  }
  optimizer.setSteps(steps);
  return forgetMetricsAfter(steps);
}

Result<void> RunFolder::forgetMetricsAfter(std::int64_t step) const {
  std::ifstream stream(m_path / "metrics.jsonl");
  std::string kept;
  for (std::string line; std::getline(stream, line);) {
    const json row = json::parse(line, nullptr, false);
    if (row.is_object() && row.contains("step") && row["step"].is_number_integer() &&
        row["step"].get<std::int64_t>() <= step) {
      kept += line + "\n";
    }
  }
  return writeAtomically(m_path / "metrics.jsonl", kept);
}

Result<void> RunFolder::addMetrics(const json& line) const {
  std::ofstream stream(m_path / "metrics.jsonl", std::ios::app);
  stream << line.dump() + "\n";
  stream.close();
  if (!stream) return cannotWrite(m_path / "metrics.jsonl");
  return {};
}

Result<void> RunFolder::saveSamples(std::int64_t step, const std::string& text) const {
  return writeAtomically(m_path / "samples" / ("step-" + data::padded(step, 8) + ".txt"), text);
}

}  // namespace xllm::training
