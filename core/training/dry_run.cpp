#include "core/training/dry_run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/base/folder_entries.h"
#include "core/base/memory_use.h"
#include "core/base/this_process.h"
#include "core/training/optimizer.h"

namespace xllm::training {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSteps = 2;
constexpr double kStateTensors = 3;  // of each parameter: itself and two moments

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The folder goes with it.
class Scratch {
 public:
  explicit Scratch(fs::path folder) : m_folder(std::move(folder)) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& folder() const { return m_folder; }

 private:
  fs::path m_folder;
};

// Counts examples, measures how long one takes, passes on what is prepared.
class Counter final : public TrainObserver {
 public:
  explicit Counter(TrainObserver& behind) : m_behind(behind) {}
  void onPreparing(const std::string& what, std::int64_t done, std::int64_t total) override {
    if (done <= 1) {
      finishList();
      m_first = Clock::now();
      m_total = total;
    }
    m_last = Clock::now();
    m_done = done;
    m_behind.onPreparing(what, done, total);
  }
  void onProgress(const Progress&) override {}
  void onList(std::int64_t all, std::int64_t taken) override {
    m_all += all;
    m_taken += taken;
    m_lastAll = all;
    m_lastTaken = taken;
  }

  // Of the examples that were taken. Without the loading of the encoder, which is done once.
  double secondsPreparing() {
    finishList();
    return m_seconds;
  }
  std::int64_t all() const { return m_all; }
  double times() const { return m_taken > 0 ? static_cast<double>(m_all) / static_cast<double>(m_taken) : 1; }
  // Of the list for validation, which is always read last.
  double validationTimes() const {
    return m_lastTaken > 0 ? static_cast<double>(m_lastAll) / static_cast<double>(m_lastTaken) : 1;
  }

 private:
  void finishList() {
    if (m_done > 1) {
      const double each = std::chrono::duration<double>(m_last - m_first).count() / static_cast<double>(m_done - 1);
      m_seconds += each * static_cast<double>(m_total);
    }
    m_done = 0;
  }

  TrainObserver& m_behind;
  Clock::time_point m_first, m_last;  // of the list that is looked through
  std::int64_t m_done = 0, m_total = 0;
  double m_seconds = 0;
  std::int64_t m_all = 0, m_taken = 0, m_lastAll = 0, m_lastTaken = 0;
};

struct StoreSize {
  double entries = 0, bytes = 0;
};

// `only`: counts stores that are in that folder, too.
StoreSize sizeOf(const fs::path& store, const fs::path& only) {
  StoreSize size;
  std::error_code ignored;
  for (const auto& entry : entriesIn(store, ignored)) {
    if (!fs::exists(only / entry.path().filename(), ignored)) continue;
    if (entry.path().extension() != ".index") {
      size.bytes += static_cast<double>(entry.file_size(ignored));
      continue;
    }
    std::ifstream lines(entry.path());
    for (std::string line; std::getline(lines, line);) ++size.entries;
  }
  return size;
}

// Seconds of one micro-step: the last one, when memory is there and caches are warm.
double timeSteps(TrainingTask& task, const TrainConfig& config) {
  AdamW optimizer(task.module(), config.optimizer);
  double seconds = 0;
  task.module().train();
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const auto start = Clock::now();
    at::manual_seed(static_cast<std::uint64_t>(config.seed + step));
    optimizer.clearGradients();
    task.loss(step).total.backward();
    optimizer.clipGradients();
    optimizer.step(0.0);
    seconds = secondsSince(start);
  }
  return seconds;
}

std::int64_t bytesOf(const torch::nn::Module& module) {
  double bytes = 0;
  for (const auto& parameter : module.parameters()) {
    bytes += static_cast<double>(parameter.nbytes()) * (parameter.requires_grad() ? kStateTensors : 1);
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

Result<Estimate> dryRun(const TrainConfig& config, const TaskMaker& make, std::stop_token stop,
                        TrainObserver& observer) {
  const Scratch scratch(config.store.parent_path() /
                        ("." + config.store.filename().string() + ".try-" + std::to_string(processId())));
  TrainConfig few = config;
  few.store = scratch.folder();
  few.run = scratch.folder();
  std::error_code problem;
  fs::create_directories(scratch.folder(), problem);
  if (problem) {
    return fail(ErrorCode::DiskFull, "The folder " + scratch.folder().string() + " cannot be made: " +
                                         problem.message() + ". Check the free space and the folder's permissions.");
  }
  few.mostExamples = std::max<std::int64_t>(config.optimizer.batch, 2);
  Counter counter(observer);
  auto task = make(few, stop, counter);
  if (!task) return tl::unexpected(task.error());
  Estimate estimate;
  const double preparing = counter.secondsPreparing();
  const StoreSize made = sizeOf(few.store, few.store), there = sizeOf(config.store, few.store);
  const double wanted = made.entries * counter.times();
  const double missing = wanted > 0 ? std::clamp((wanted - there.entries) / wanted, 0.0, 1.0) : 0;
  estimate.prepareSeconds = preparing * counter.times() * missing;
  estimate.featureBytes = static_cast<std::int64_t>(made.bytes * counter.times() * missing);
  estimate.examples = counter.all();
  estimate.steps = config.optimizer.steps;
  estimate.secondsPerStep = timeSteps(**task, config) * static_cast<double>(config.optimizer.accumulate);
  if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "Stopped.");
  {
    (*task)->module().eval();
    const torch::NoGradGuard noGrad;
    const auto start = Clock::now();
    (*task)->validate();
    estimate.validationSeconds = secondsSince(start) * counter.validationTimes();
  }
  estimate.validations = (estimate.steps + config.validateEvery - 1) / config.validateEvery;
  estimate.memoryBytes = peakMemoryBytes();
  const std::int64_t state = bytesOf((*task)->module());
  // One more is there while the next one is written.
  estimate.checkpointBytes = state * (config.keepCheckpoints + 1) + (config.earlyStop.keepBest ? state : 0) + state;
  return estimate;
}

nlohmann::json toJson(const Estimate& estimate) {
  return {{"seconds", estimate.seconds()},
          {"prepareSeconds", estimate.prepareSeconds},
          {"secondsPerStep", estimate.secondsPerStep},
          {"steps", estimate.steps},
          {"validationSeconds", estimate.validationSeconds},
          {"validations", estimate.validations},
          {"examples", estimate.examples},
          {"memoryBytes", estimate.memoryBytes},
          {"featureBytes", estimate.featureBytes},
          {"checkpointBytes", estimate.checkpointBytes}};
}

}  // namespace xllm::training
