#include "core/training/trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include <torch/torch.h>

#include "core/data/format_text.h"
#include "core/training/optimizer.h"
#include "core/x2l/parameters.h"

namespace xllm::training {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

x2l::ParameterFormat formatOf(ExportFormat format) {
  switch (format) {
    case ExportFormat::Float32: return x2l::ParameterFormat::Float32;
    case ExportFormat::Float16: return x2l::ParameterFormat::Float16;
    case ExportFormat::Int8: break;
  }
  return x2l::ParameterFormat::Int8;
}

class Loop {
 public:
  Loop(TrainingTask& task, const TrainConfig& config, const RunFolder& run, TrainObserver& observer)
      : m_task(task),
        m_config(config),
        m_run(run),
        m_observer(observer),
        m_optimizer(task.module(), config.optimizer) {}

  Result<void> run(bool resume, std::stop_token stop);

 private:
  Result<void> step();
  Result<void> afterStep();
  Result<void> save();
  Result<void> validate();

  TrainingTask& m_task;
  const TrainConfig& m_config;
  const RunFolder& m_run;
  TrainObserver& m_observer;
  AdamW m_optimizer;
  Progress m_progress;
  std::int64_t m_saved = -1;
  double m_pace = 0;  // running mean of seconds per step
};

Result<void> Loop::run(bool resume, std::stop_token stop) {
  if (resume) {
    if (auto loaded = m_run.loadNewest(m_optimizer); !loaded) return loaded;
    m_saved = m_optimizer.steps();
  }
  m_progress.steps = m_config.optimizer.steps;
  while (m_optimizer.steps() < m_config.optimizer.steps) {
    if (stop.stop_requested()) {
      if (auto saved = save(); !saved) return saved;
      return fail(ErrorCode::Cancelled,
                  data::formatText("Stopped after step {}; the run can be resumed.", m_optimizer.steps()));
    }
    if (auto done = step(); !done) return done;
    if (auto done = afterStep(); !done) return done;
  }
  return save();
}

Result<void> Loop::step() {
  const auto start = Clock::now();
  const std::int64_t step = m_optimizer.steps();
  const auto accumulate = m_config.optimizer.accumulate;
  at::manual_seed(static_cast<std::uint64_t>(m_config.seed * 1'000'003 + step));  // dropout
  m_task.module().train();
  m_optimizer.clearGradients();
  m_progress.loss = 0;
  m_progress.parts.clear();
  for (std::int64_t micro = 0; micro < accumulate; ++micro) {
    const StepLoss loss = m_task.loss(step * accumulate + micro);
    const double share = 1.0 / static_cast<double>(accumulate);
    m_progress.loss += share * loss.total.item<double>();
    for (const auto& [name, value] : loss.parts) m_progress.parts[name] += share * value;
    if (!std::isfinite(m_progress.loss)) break;
    (loss.total * share).backward();
  }
  m_progress.gradientNorm = std::isfinite(m_progress.loss) ? m_optimizer.clipGradients() : m_progress.loss;
  if (!std::isfinite(m_progress.gradientNorm)) {
    const auto last = m_run.newestCheckpoint();
    return fail(
        ErrorCode::BadInput,
        data::formatText(
            "Training diverged at step {}: the loss is no longer a number. {} Lower learningRate and start again.",
            step, last ? "The last good checkpoint is " + last->string() + "." : "There is no checkpoint yet."));
  }
  m_progress.learningRate = learningRateAt(step, m_config.optimizer);
  m_optimizer.step(m_progress.learningRate);
  const double seconds = secondsSince(start);
  m_pace = m_pace == 0 ? seconds : 0.95 * m_pace + 0.05 * seconds;
  return {};
}

Result<void> Loop::afterStep() {
  const std::int64_t done = m_optimizer.steps();
  const auto due = [&](std::int64_t every) { return done % every == 0 || done == m_config.optimizer.steps; };
  m_progress.step = done;
  m_progress.secondsPerStep = m_pace;
  m_progress.secondsLeft = m_pace * static_cast<double>(m_config.optimizer.steps - done);
  m_progress.validation = false;
  if (due(m_config.logEvery) || done == 1) {
    json line = {{"step", done},
                 {"loss", m_progress.loss},
                 {"learningRate", m_progress.learningRate},
                 {"gradientNorm", m_progress.gradientNorm},
                 {"secondsPerStep", m_pace}};
    line.update(json(m_progress.parts));
    if (auto written = m_run.addMetrics(line); !written) return written;
    m_observer.onProgress(m_progress);
  }
  if (due(m_config.validateEvery)) {
    if (auto judged = validate(); !judged) return judged;
  }
  return due(m_config.checkpointEvery) ? save() : Result<void>{};
}

Result<void> Loop::validate() {
  m_task.module().eval();
  const torch::NoGradGuard noGrad;
  const Judgement judgement = m_task.validate();
  json line = {{"step", m_optimizer.steps()}, {"validation", judgement.measures}};
  if (auto written = m_run.addMetrics(line); !written) return written;
  if (auto written = m_run.saveSamples(m_optimizer.steps(), judgement.samples); !written) return written;
  Progress progress = m_progress;
  progress.validation = true;
  progress.parts = judgement.measures;
  m_observer.onProgress(progress);
  return {};
}

Result<void> Loop::save() {
  if (m_saved == m_optimizer.steps()) return {};
  if (auto saved = m_run.saveCheckpoint(m_optimizer, m_config.keepCheckpoints); !saved) return saved;
  m_saved = m_optimizer.steps();
  return x2l::saveParameters(m_task.exported(), m_run.exported(), formatOf(m_config.exportFormat), {},
                             {{"config", m_config.interface.dump()}, {"step", std::to_string(m_saved)}});
}

}  // namespace

Result<void> train(TrainingTask& task, const TrainConfig& config, const RunFolder& run, bool resume,
                   std::stop_token stop, TrainObserver& observer) {
  return Loop(task, config, run, observer).run(resume, std::move(stop));
}

}  // namespace xllm::training
