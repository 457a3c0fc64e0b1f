#include "core/training/run_folder.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include <torch/types.h>
#include <torch/utils.h>

#include "core/base/file_lock.h"
#include "core/base/folder_entries.h"
#include "core/base/this_process.h"
#include "core/base/whole_file.h"
#include "core/data/format_text.h"
#include "core/weights/checkpoint.h"

namespace xllm::training {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

tl::unexpected<Error> cannotWrite(const fs::path& path, const std::error_code& error = {}) {
  const std::string reason = error ? " (" + error.message() + ")" : "";
  return fail(ErrorCode::DiskFull,
              data::formatText("{} cannot be written{}. Check the free space and the folder's permissions.",
                               path.string(), reason));
}

// Checkpoints by name, which is by step: the newest last.
std::vector<fs::path> checkpointsIn(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : entriesIn(folder, ignored)) {
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// "step-00000200.safetensors" → 200; −1 of other names.
std::int64_t stepOf(const fs::path& file) {
  const std::string name = file.stem().string();
  constexpr std::string_view kBegin = "step-";
  if (!name.starts_with(kBegin) || name.size() == kBegin.size()) return -1;
  std::int64_t step = 0;
  for (const char digit : name.substr(kBegin.size())) {
    if (digit < '0' || digit > '9') return -1;
    step = 10 * step + (digit - '0');
  }
  return step;
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

// Of a config; empty: it does not tell.
std::string stageOf(const json& config) {
  const auto stage = config.find("stage");
  return stage != config.end() && stage->is_string() ? stage->get<std::string>() : std::string();
}

}  // namespace

Result<void> writeAtomically(const fs::path& path, const std::string& text) {
  WholeFile file(path, path.string() + ".part");
  file.write(text);
  if (const std::error_code error = file.finish()) return cannotWrite(path, error);
  return {};
}

Result<RunFolder> RunFolder::open(const TrainConfig& config, bool resume, std::int64_t ranks) {
  RunFolder run(config.run);
  for (const char* name : {"checkpoints", "samples"}) {
    std::error_code failed;
    fs::create_directories(config.run / name, failed);
    if (failed) return cannotWrite(config.run / name, failed);
  }
  if (auto locked = run.lock(); !locked) return tl::unexpected(locked.error());
  for (const fs::path& folder : {config.run, config.run / "checkpoints"}) removeUnfinished(folder, ".safetensors");
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
  if (!resume) {  // a run that ended before its first checkpoint left nothing to go on from
    if (auto fresh = run.forgetMetricsAfter(-1); !fresh) return tl::unexpected(fresh.error());
  }
  if (auto described = run.describe(config, resume, ranks); !described) return tl::unexpected(described.error());
  return run;
}

// Two processes in one folder would mix their checkpoints. The lock goes with the process, however it ends.
Result<void> RunFolder::lock() {
  const fs::path path = m_path / "lock";
  m_lock = std::make_shared<FileLock>(path);
  if (const std::error_code error = m_lock->error()) return cannotWrite(path, error);
  // Whoever only looks whether somebody trains here holds it for a moment.
  constexpr int kTries = 20;
  auto outcome = m_lock->take();
  for (int i = 0; outcome == FileLock::Outcome::HeldByAnother && i < kTries; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    outcome = m_lock->take();
  }
  if (outcome == FileLock::Outcome::NoLocks) return {};
  if (outcome == FileLock::Outcome::Taken) {
    const std::string owner = std::to_string(processId()) + "\n";  // for people; the lock is what counts
    if (const std::error_code error = m_lock->write(owner)) return cannotWrite(path, error);
    return {};
  }
  std::string owner;
  std::ifstream(path) >> owner;
  return fail(ErrorCode::BadInput,
              data::formatText("Another xllm train (process {}) is at work in {}. Wait for it or stop it, or choose "
                               "another folder (--set run=…).",
                               owner, m_path.string()));
}

Result<void> RunFolder::describe(const TrainConfig& config, bool resume, std::int64_t ranks) {
  const std::int64_t threads = at::get_num_threads();
  const std::string precision(toString(config.precision));
  if (std::ifstream stream(m_path / "run.json"); resume && stream) {
    const json before = json::parse(stream, nullptr, false);
    const auto described = before.find("config");
    const std::string stage = described != before.end() ? stageOf(*described) : "", wanted = stageOf(config.source);
    if (!stage.empty() && stage != wanted) {
      return fail(ErrorCode::BadInput,
                  data::formatText("{} holds a run of the stage {}, and the config is one of {}. Go on with "
                                   "its own config, or choose another folder (--set run=…).",
                                   m_path.string(), stage, wanted));
    }
    const auto compare = [&](const char* key, const json& now, const char* what) {
      if (!before.is_object() || !before.contains(key) || before[key] == now) return;
      m_notes.push_back(data::formatText(
          "This run used {} {} so far and goes on with {}. Its results stay as good, but not the same bit for bit.",
          before[key].dump(), what, now.dump()));
    };
    compare("threads", threads, "threads (OMP_NUM_THREADS)");
    compare("ranks", ranks, "ranks (WORLD_SIZE)");
    compare("precision", precision, "as its precision (this processor's, or the config's)");
  }
  const json description = {{"format", 1},        {"program", "xllm train"}, {"config", config.source},
                            {"threads", threads}, {"ranks", ranks},          {"precision", precision}};
  return writeAtomically(m_path / "run.json", description.dump(2) + "\n");
}

std::optional<fs::path> RunFolder::newestCheckpoint() const { return newestCheckpointIn(m_path); }

std::optional<fs::path> newestCheckpointIn(const fs::path& folder) {
  const auto found = checkpointsIn(folder / "checkpoints");
  return found.empty() ? std::nullopt : std::optional(found.back());
}

std::optional<fs::path> startingPointIn(const fs::path& folder) {
  std::error_code ignored;
  const fs::path best = folder / "best.safetensors";
  return fs::exists(best, ignored) ? std::optional(best) : newestCheckpointIn(folder);
}

Result<void> RunFolder::saveCheckpoint(const AdamW& optimizer, std::int64_t keep, const std::string& loopState) const {
  const fs::path path = m_path / "checkpoints" / ("step-" + data::padded(optimizer.steps(), 8) + ".safetensors");
  const auto saved = weights::saveSafetensors(path, optimizer.state(),
                                              {{"loop", loopState}, {"step", std::to_string(optimizer.steps())}});
  if (!saved) return saved;
  auto all = checkpointsIn(m_path / "checkpoints");
  std::error_code ignored;
  for (; static_cast<std::int64_t>(all.size()) > keep; all.erase(all.begin())) fs::remove(all.front(), ignored);
  return {};
}

Result<void> RunFolder::goBackTo(std::int64_t step) const {
  const auto all = checkpointsIn(m_path / "checkpoints");
  std::string known;
  bool found = false;
  for (const auto& each : all) {
    found = found || stepOf(each) == step;
    known += (known.empty() ? "" : ", ") + std::to_string(stepOf(each));
  }
  if (!found) {
    return fail(ErrorCode::NotFound, data::formatText("{} holds no checkpoint of step {}. There are: {}.",
                                                      m_path.string(), step, known.empty() ? "none" : known));
  }
  if (hasBest()) {
    const auto best = weights::Checkpoint::open(m_path / "best.safetensors");
    const std::string text = best ? (*best)->text("step").value_or("") : std::string();
    std::error_code ignored;
    if (text.empty() || std::atoll(text.c_str()) > step) fs::remove(m_path / "best.safetensors", ignored);
  }
  std::error_code problem;
  if (stepOf(all.back()) != step) fs::remove(exported(), problem);
  std::vector<fs::path> later;
  for (const auto& each : all) {
    if (stepOf(each) > step) later.push_back(each);
  }
  for (const auto& entry : entriesIn(m_path / "samples", problem)) {
    if (stepOf(entry.path()) > step) later.push_back(entry.path());
  }
  for (auto each = later.rbegin(); each != later.rend(); ++each) {  // the newest first: what is left is always whole
    if (!fs::remove(*each, problem) && problem) return cannotWrite(*each, problem);
  }
  return {};
}

bool RunFolder::hasBest() const {
  std::error_code ignored;
  return fs::exists(m_path / "best.safetensors", ignored);
}

Result<void> RunFolder::saveBest(const AdamW& optimizer) const {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  for (auto& entry : optimizer.state()) {
    if (entry.first.starts_with("parameter/")) parameters.push_back(std::move(entry));
  }
  return weights::saveSafetensors(m_path / "best.safetensors", parameters,
                                  {{"step", std::to_string(optimizer.steps())}});
}

Result<std::string> RunFolder::loadNewest(AdamW& optimizer) const {
  const auto newest = newestCheckpoint();
  TORCH_CHECK(newest, "open() has checked that there is a checkpoint");
  const auto file = weights::Checkpoint::open(*newest);
  if (!file) return tl::unexpected(file.error());
  for (const auto& [name, tensor] : optimizer.state()) {
    if (const auto fine = restore(**file, name, tensor); !fine) return tl::unexpected(fine.error());
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
  if (auto forgotten = forgetMetricsAfter(steps); !forgotten) return tl::unexpected(forgotten.error());
  return (*file)->text("loop").value_or("");
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
