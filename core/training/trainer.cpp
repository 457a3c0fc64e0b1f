#include "core/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include <ATen/Context.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/base/memory_use.h"
#include "core/base/this_process.h"
#include "core/data/format_text.h"
#include "core/training/optimizer.h"
#include "core/x2l/parameters.h"

namespace xllm::training {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr std::size_t kRecentLosses = 64, kEnoughLosses = 16;  // of which the median is taken
constexpr std::int64_t kDivergedSteps = 8;                     // in a row far above it

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

x2l::ParameterFormat formatOf(ExportFormat format) {
  switch (format) {
    case ExportFormat::Float32: return x2l::ParameterFormat::Float32;
    case ExportFormat::Float16: return x2l::ParameterFormat::Float16;
    case ExportFormat::Int8: break;
  }
  return x2l::ParameterFormat::Int8;
}

// One machine and one seed give one result: no operation may choose an order of its own. Memory that a step frees is
// kept for the next one, which asks for the same sizes again.
void prepareProcess() {
  at::globalContext().setDeterministicAlgorithms(true, true);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  keepFreedMemory(std::int64_t{1} << 30);
}

// What the loop remembers between steps beside the optimizer; kept in each checkpoint, so that a resumed run decides
// as one that went on.
struct LoopState {
  std::deque<double> recent;  // losses
  std::int64_t suspicious = 0;
  std::optional<double> best;
  std::int64_t sinceBest = 0;
  bool reached = false;  // the target of earlyStop

  std::string text() const {
    json state = {{"recent", recent},
                  {"suspicious", suspicious},
                  {"best", best ? json(*best) : json()},
                  {"sinceBest", sinceBest}};
    if (reached) state["reached"] = true;
    return state.dump();
  }
  static LoopState from(const std::string& text) {
    const json stored = json::parse(text, nullptr, false);
    LoopState state;
    if (!stored.is_object()) return state;  // of a version that remembered nothing
    state.recent = stored.value("recent", state.recent);
    state.suspicious = stored.value("suspicious", std::int64_t{0});
    state.sinceBest = stored.value("sinceBest", std::int64_t{0});
    state.reached = stored.value("reached", false);
    if (stored.contains("best") && stored["best"].is_number()) state.best = stored["best"].get<double>();
    return state;
  }

  // Whether the losses have run away, `loss` being the newest.
  bool diverges(double loss, double factor) {
    if (factor <= 0) return false;
    std::vector<double> sorted(recent.begin(), recent.end());
    std::sort(sorted.begin(), sorted.end());
    if (sorted.size() >= kEnoughLosses && loss > factor * sorted[sorted.size() / 2]) {
      return ++suspicious >= kDivergedSteps;
    }
    suspicious = 0;
    recent.push_back(loss);
    if (recent.size() > kRecentLosses) recent.pop_front();
    return false;
  }
};

class Loop {
 public:
  Loop(TrainingTask& task, const TrainConfig& config, const RunFolder* run, TrainObserver& observer, Ranks& ranks)
      : m_task(task),
        m_config(config),
        m_run(run),
        m_observer(observer),
        m_ranks(ranks),
        m_optimizer(task.module(), config.optimizer) {}

  Result<void> run(bool resume, const std::stop_token& stop);

 private:
  Result<void> start(bool resume);
  Result<void> walk(const std::stop_token& stop);
  Result<void> step();
  Result<void> gather(bool finite);
  Result<void> afterStep();
  Result<void> log();
  Result<void> validate();
  Result<void> compareWithBest(const Judgement& judgement);
  Result<void> save();
  Result<void> exportWeights();
  std::string lastGood() const;
  bool finished() const {
    const EarlyStop& stop = m_config.earlyStop;
    return (m_state.reached && stop.target) || (stop.patience > 0 && m_state.sinceBest >= stop.patience);
  }

  TrainingTask& m_task;
  const TrainConfig& m_config;
  const RunFolder* m_run;  // null on all ranks but 0
  TrainObserver& m_observer;
  Ranks& m_ranks;
  AdamW m_optimizer;
  LoopState m_state;  // of rank 0
  Progress m_progress;
  std::int64_t m_saved = -1, m_exported = -1;
  double m_pace = 0;  // running mean of seconds per step
};

Result<void> Loop::run(bool resume, const std::stop_token& stop) {
  if (auto started = start(resume); !started) return started;
  auto done = walk(stop);
  if (!done && done.error().code == ErrorCode::DeviceLost && m_run != nullptr) {
    if (auto saved = save(); !saved) return saved;  // the weights are those of the last whole step
    done.error().message += " " + lastGood() + " Go on with --resume.";
  }
  return done;
}

Result<void> Loop::start(bool resume) {
  prepareProcess();
  m_progress.steps = m_config.optimizer.steps;
  if (m_run != nullptr && resume) {
    auto loaded = m_run->loadNewest(m_optimizer);
    if (!loaded) return tl::unexpected(loaded.error());
    m_state = LoopState::from(*loaded);
    if (!m_run->hasBest() && m_config.earlyStop.keepBest) m_state.best.reset();  // it came after a step gone back to
    m_saved = m_optimizer.steps();
  }
  if (m_run != nullptr) {
    for (const std::string& note : m_run->notes()) m_observer.onNote(note);
  }
  if (m_ranks.size() == 1) return {};
  std::vector<at::Tensor> tensors;
  for (auto& entry : m_optimizer.state()) tensors.push_back(entry.second);
  if (auto sent = m_ranks.broadcast(tensors); !sent) return sent;
  auto steps = m_ranks.sum({m_run != nullptr ? static_cast<double>(m_optimizer.steps()) : 0.0});
  if (!steps) return tl::unexpected(steps.error());
  m_optimizer.setSteps(static_cast<std::int64_t>(steps->front()));
  return {};
}

Result<void> Loop::walk(const std::stop_token& stop) {
  while (m_optimizer.steps() < m_config.optimizer.steps) {
    // All ranks leave at the same step, whoever was asked to.
    const auto asked = m_ranks.sum({stop.stop_requested() ? 1.0 : 0.0, m_run != nullptr && finished() ? 1.0 : 0.0});
    if (!asked) return tl::unexpected(asked.error());
    if ((*asked)[1] > 0) break;
    if ((*asked)[0] > 0) {
      if (auto saved = save(); !saved) return saved;
      return fail(ErrorCode::Cancelled,
                  data::formatText("Stopped after step {}; the run can be resumed.", m_optimizer.steps()));
    }
    if (auto done = step(); !done) return done;
    if (auto done = afterStep(); !done) return done;
  }
  return save();
}

std::string Loop::lastGood() const {
  const auto last = m_run != nullptr ? m_run->newestCheckpoint() : std::nullopt;
  return last ? "The last good checkpoint is " + last->string() + "." : "There is no checkpoint yet.";
}

Result<void> Loop::step() {
  const auto start = Clock::now();
  const std::int64_t step = m_optimizer.steps();
  const auto accumulate = m_config.optimizer.accumulate;
  const double share = 1.0 / static_cast<double>(accumulate * m_ranks.size());
  m_task.module().train();
  m_optimizer.clearGradients();
  m_progress.loss = 0;
  m_progress.parts.clear();
  bool finite = true;
  for (std::int64_t micro = 0; micro < accumulate && finite; ++micro) {
    const std::int64_t number = (step * accumulate + micro) * m_ranks.size() + m_ranks.rank();
    at::manual_seed(static_cast<std::uint64_t>(m_config.seed * 1'000'003 + number));  // dropout
    const StepLoss loss = m_task.loss(number);
    const double value = loss.total.item<double>();
    m_progress.loss += share * value;
    for (const auto& [name, part] : loss.parts) m_progress.parts[name] += part / static_cast<double>(accumulate);
    finite = std::isfinite(value);
    if (finite) (loss.total * share).backward();
  }
  if (auto gathered = gather(finite); !gathered) return gathered;
  m_progress.learningRate = learningRateAt(step, m_config.optimizer);
  m_optimizer.step(m_progress.learningRate);
  const double seconds = secondsSince(start);
  m_pace = m_pace == 0 ? seconds : 0.95 * m_pace + 0.05 * seconds;
  return {};
}

// Brings all ranks' gradients and losses together, clips, and refuses what is no step towards anything.
Result<void> Loop::gather(bool finite) {
  const std::int64_t step = m_optimizer.steps();
  if (m_ranks.size() > 1) {
    at::Tensor flat = m_optimizer.flatGradients();
    if (auto summed = m_ranks.sum(flat); !summed) return summed;
    m_optimizer.setGradients(flat, 1.0);
    const auto losses = m_ranks.sum({finite ? m_progress.loss : 0.0, finite ? 0.0 : 1.0});
    if (!losses) return tl::unexpected(losses.error());
    m_progress.loss = (*losses)[0];
    finite = (*losses)[1] == 0;
  }
  m_progress.gradientNorm = finite ? m_optimizer.clipGradients() : std::nan("");
  if (!std::isfinite(m_progress.gradientNorm)) {
    return fail(ErrorCode::BadInput,
                data::formatText("Training diverged at step {}: the loss is no longer a number. {} Lower learningRate "
                                 "and start again.",
                                 step, lastGood()));
  }
  if (!m_state.diverges(m_progress.loss, m_config.divergenceFactor)) return {};
  return fail(ErrorCode::BadInput,
              data::formatText("Training diverged at step {}: the loss has been more than {} times its running median "
                               "for {} steps. {} Lower learningRate and start again, or raise divergenceFactor.",
                               step, data::fixed(m_config.divergenceFactor, 1), kDivergedSteps, lastGood()));
}

Result<void> Loop::afterStep() {
  const std::int64_t done = m_optimizer.steps();
  const bool last = done == m_config.optimizer.steps;
  const auto due = [&](std::int64_t every) { return done % every == 0 || last; };
  const auto& sizes = m_config.optimizer;
  m_progress.step = done;
  m_progress.secondsPerStep = m_pace;
  m_progress.secondsLeft = m_pace * static_cast<double>(sizes.steps - done);
  m_progress.examplesPerSecond =
      static_cast<double>(sizes.batch * sizes.accumulate * m_ranks.size()) / std::max(m_pace, 1e-9);
  m_progress.memoryBytes = peakMemoryBytes();
  m_progress.validation = false;
  if (m_run == nullptr) return {};
  if (due(m_config.logEvery) || done == 1) {
    if (auto logged = log(); !logged) return logged;
  }
  if (due(m_config.validateEvery)) {
    if (auto judged = validate(); !judged) {
      (void)save();  // what was learned outlives a measure that is not there
      return judged;
    }
  }
  // While the losses look as if they ran away, the newest checkpoint stays one from before.
  return due(m_config.checkpointEvery) && (m_state.suspicious == 0 || last) ? save() : Result<void>{};
}

Result<void> Loop::log() {
  json line = {{"step", m_progress.step},
               {"loss", m_progress.loss},
               {"learningRate", m_progress.learningRate},
               {"gradientNorm", m_progress.gradientNorm},
               {"secondsPerStep", m_pace}};
  line.update(json(m_progress.parts));
  if (auto written = m_run->addMetrics(line); !written) return written;
  m_observer.onProgress(m_progress);
  return {};
}

Result<void> Loop::validate() {
  m_task.module().eval();
  const torch::NoGradGuard noGrad;
  const Judgement judgement = m_task.validate();
  json line = {{"step", m_optimizer.steps()}, {"validation", judgement.measures}};
  if (auto written = m_run->addMetrics(line); !written) return written;
  if (auto written = m_run->saveSamples(m_optimizer.steps(), judgement.samples); !written) return written;
  Progress progress = m_progress;
  progress.validation = true;
  progress.parts = judgement.measures;
  m_observer.onProgress(progress);
  return m_config.earlyStop.measure.empty() ? Result<void>{} : compareWithBest(judgement);
}

Result<void> Loop::compareWithBest(const Judgement& judgement) {
  const EarlyStop& stop = m_config.earlyStop;
  const auto found = judgement.measures.find(stop.measure);
  if (found == judgement.measures.end()) {
    std::string known;
    for (const auto& [name, value] : judgement.measures) known += (known.empty() ? "" : ", ") + name;
    return fail(ErrorCode::BadInput, data::formatText("\"earlyStop\" watches {}, but this stage's validation tells {}.",
                                                      stop.measure, known));
  }
  const double value = found->second;
  if (stop.target) m_state.reached = stop.lowerIsBetter ? value <= *stop.target : value >= *stop.target;
  const bool better =
      std::isfinite(value) && (!m_state.best || (stop.lowerIsBetter ? value < *m_state.best : value > *m_state.best));
  m_state.sinceBest = better ? 0 : m_state.sinceBest + 1;
  if (!better) return {};
  m_state.best = value;
  if (!stop.keepBest) return {};
  if (auto saved = m_run->saveBest(m_optimizer); !saved) return saved;
  return exportWeights();
}

Result<void> Loop::save() {
  if (m_run == nullptr) return {};
  if (m_saved != m_optimizer.steps()) {
    if (auto saved = m_run->saveCheckpoint(m_optimizer, m_config.keepCheckpoints, m_state.text()); !saved) {
      return fail(saved.error().code, saved.error().message + " " + lastGood() + " Make room and go on with --resume.");
    }
    m_saved = m_optimizer.steps();
  }
  const bool bestIsThere = m_config.earlyStop.keepBest && m_state.best.has_value();
  return bestIsThere || m_exported == m_saved ? Result<void>{} : exportWeights();
}

Result<void> Loop::exportWeights() {
  m_exported = m_optimizer.steps();
  return x2l::saveParameters(m_task.exported(), m_run->exported(), formatOf(m_config.exportFormat), {},
                             {{"config", m_config.interface.dump()}, {"step", std::to_string(m_exported)}});
}

}  // namespace

Result<void> train(TrainingTask& task, const TrainConfig& config, const RunFolder* run, bool resume,
                   std::stop_token stop, TrainObserver& observer, Ranks& ranks) {
  return Loop(task, config, run, observer, ranks).run(resume, stop);
}

Result<void> train(TrainingTask& task, const TrainConfig& config, const RunFolder& run, bool resume,
                   std::stop_token stop, TrainObserver& observer) {
  Ranks alone;
  return train(task, config, &run, resume, std::move(stop), observer, alone);
}

}  // namespace xllm::training
