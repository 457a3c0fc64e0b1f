#include "core/training/trainer.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include "core/data/seeded_random.h"
#include "core/training/losses.h"
#include "core/weights/checkpoint.h"
#include "core/x2l/parameters.h"
#include "core/x2l/speech_interface.h"
#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

using tests::Scratch;

x2l::SpeechInterfaceConfig tinySizes() {
  x2l::SpeechInterfaceConfig sizes;
  sizes.featureWidth = 12, sizes.convolutionStride = 2, sizes.frontWidth = 16, sizes.frontLayers = 1,
  sizes.frontHeads = 2;
  sizes.frontIntermediate = 24, sizes.ctcAlphabet = "ab", sizes.hidden = 16, sizes.layers = 1, sizes.heads = 2;
  sizes.intermediate = 24, sizes.positions = 8, sizes.formerNorm = x2l::FormerNorm::Before, sizes.dropout = 0.1;
  sizes.adapter = x2l::SpeechAdapter::Vocabulary, sizes.vocabularyScale = true, sizes.llmWidth = 20,
  sizes.llmVocabulary = 30;
  return sizes;
}

// Recognition of made-up recordings in which each of three tokens is a stretch of frames of its own kind.
class TinyTask final : public TrainingTask {
 public:
  TinyTask() {
    at::manual_seed(3);
    m_interface = std::make_shared<x2l::SpeechInterface>(tinySizes());
    table = at::randn({30, 20});
    m_kinds = at::randn({30, 12}) * 2;
  }

  torch::nn::Module& module() override { return *m_interface; }
  x2l::SpeechInterface& interface() { return *m_interface; }

  StepLoss loss(std::int64_t microStep) override {
    if (microStep == poisonedStep) return {at::full({}, std::numeric_limits<double>::quiet_NaN()).requires_grad_(), {}};
    data::SeededRandom random(11, static_cast<std::uint64_t>(microStep));
    std::vector<std::int64_t> said;
    for (int i = 0; i < 12; ++i) said.push_back(random.below(30));
    const at::Tensor tokens = at::tensor(said, at::kLong).view({4, 3});
    const at::Tensor features = m_kinds.index_select(0, tokens.flatten()).view({4, 3, 12}).repeat_interleave(6, 1);
    const RecognitionTargets targets{tokens, at::full({4}, 3, at::kLong), (tokens % 2 + 1).flatten(),
                                     at::full({4}, 3, at::kLong)};
    const auto heard = m_interface->forward(features, {}, targets.lengths, table);
    const auto loss = recognitionLoss(heard, targets, {});
    return {loss.total, {{"crossEntropy", loss.crossEntropy.item<double>()}}};
  }
  Judgement validate() override { return {{{"checked", 1.0}}, "a sample\n"}; }

  at::Tensor table;  // frozen
  std::int64_t poisonedStep = -1;

 private:
  std::shared_ptr<x2l::SpeechInterface> m_interface;
  at::Tensor m_kinds;
};

class Watcher final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress& progress) override {
    if (progress.validation) return;
    losses[progress.step] = progress.loss;
    if (progress.step == stopAfter) source.request_stop();
  }
  std::map<std::int64_t, double> losses;
  std::int64_t stopAfter = -1;
  std::stop_source source;
};

TrainConfig configFor(const Scratch& folder, std::int64_t steps) {
  TrainConfig config;
  config.run = folder.path() / "run";
  config.optimizer = {.steps = steps, .warmupSteps = 2, .batch = 4, .accumulate = 2, .learningRate = 3e-3};
  config.logEvery = 1, config.validateEvery = 4, config.checkpointEvery = 1000;
  config.exportFormat = ExportFormat::Float32;
  config.interface = x2l::toJson(tinySizes());
  config.source = {{"stage", "speech-recognition"}};
  return config;
}

struct Outcome {
  Result<void> result;
  std::map<std::int64_t, double> losses;
};

Outcome trainOnce(TinyTask& task, const TrainConfig& config, bool resume, std::int64_t stopAfter = -1) {
  Watcher watcher;
  watcher.stopAfter = stopAfter;
  const auto run = RunFolder::open(config, resume);
  if (!run) return {tl::unexpected(run.error()), {}};
  auto result = train(task, config, *run, resume, watcher.source.get_token(), watcher);
  return {std::move(result), watcher.losses};
}

std::map<std::string, at::Tensor> stateIn(const TrainConfig& config) {
  const auto file = weights::Checkpoint::open(newestCheckpointIn(config.run).value());
  std::map<std::string, at::Tensor> state;
  for (const auto& info : (*file)->tensors()) state[info.name] = (*file)->load(info.name)->clone();
  return state;
}

TEST(Trainer, LearnsToRecogniseWhatItHears) {
  const Scratch folder;
  TinyTask task;
  const auto outcome = trainOnce(task, configFor(folder, 120), false);
  ASSERT_TRUE(outcome.result) << outcome.result.error().message;
  const double first = outcome.losses.at(1), last = outcome.losses.at(120);
  EXPECT_LT(last, 0.7 * first) << first << " -> " << last;
}

TEST(Trainer, GoesOnAfterAStopAsIfNothingHadHappened) {
  const Scratch straight, stopped;
  TinyTask one, two, three;
  ASSERT_TRUE(trainOnce(one, configFor(straight, 7), false).result);
  const auto cut = trainOnce(two, configFor(stopped, 7), false, 3);
  ASSERT_FALSE(cut.result);
  EXPECT_EQ(cut.result.error().code, ErrorCode::Cancelled);
  const auto rest = trainOnce(three, configFor(stopped, 7), true);
  ASSERT_TRUE(rest.result) << rest.result.error().message;
  EXPECT_EQ(rest.losses.begin()->first, 4);

  const auto a = stateIn(configFor(straight, 7)), b = stateIn(configFor(stopped, 7));
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
}

TEST(Trainer, LeavesWhatIsFrozenAloneAndChangesEverythingElse) {
  const Scratch folder;
  TinyTask task;
  const at::Tensor table = task.table.clone();
  std::map<std::string, at::Tensor> before;
  for (const auto& item : task.module().named_parameters()) before[item.key()] = item.value().detach().clone();
  ASSERT_TRUE(trainOnce(task, configFor(folder, 5), false).result);
  EXPECT_TRUE(at::equal(task.table, table));
  EXPECT_FALSE(task.table.grad().defined());
  for (const auto& item : task.module().named_parameters()) {
    EXPECT_FALSE(at::equal(item.value(), before.at(item.key()))) << item.key();
  }
}

TEST(Trainer, ExportsWeightsThatLoadAgain) {
  const Scratch folder;
  TinyTask task;
  const auto config = configFor(folder, 4);
  ASSERT_TRUE(trainOnce(task, config, false).result);
  const auto file = weights::Checkpoint::open(config.run / "interface.safetensors");
  ASSERT_TRUE(file);
  x2l::SpeechInterface loaded(tinySizes());
  const auto done = x2l::loadParameters(loaded, **file);
  ASSERT_TRUE(done) << done.error().message;
  const auto live = task.module().named_parameters();
  for (const auto& item : loaded.named_parameters())
    EXPECT_TRUE(at::equal(item.value(), live[item.key()])) << item.key();
  EXPECT_TRUE(std::filesystem::exists(config.run / "samples" / "step-00000004.txt"));
}

TEST(Trainer, StopsWithANamedErrorWhenTheLossIsNoNumber) {
  const Scratch folder;
  TinyTask task;
  task.poisonedStep = 5;  // the second half of step 2
  auto config = configFor(folder, 6);
  config.checkpointEvery = 1;
  const auto outcome = trainOnce(task, config, false);
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().code, ErrorCode::BadInput);
  EXPECT_NE(outcome.result.error().message.find("diverged at step 2"), std::string::npos)
      << outcome.result.error().message;
  EXPECT_NE(outcome.result.error().message.find("step-00000002.safetensors"), std::string::npos);
}

// A line through points: the loss is a mean over the batch, so that batches may be put together.
class LineTask final : public TrainingTask {
 public:
  explicit LineTask(std::int64_t batch) : m_batch(batch) {
    at::manual_seed(7);
    m_line = std::make_shared<torch::nn::LinearImpl>(3, 2);
  }
  torch::nn::Module& module() override { return *m_line; }
  StepLoss loss(std::int64_t microStep) override {
    std::vector<at::Tensor> points;
    for (std::int64_t i = 0; i < m_batch; ++i) {
      at::Generator generator =
          at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(100 + microStep * m_batch + i));
      points.push_back(at::randn({3}, generator, at::TensorOptions(at::kFloat)));
    }
    const at::Tensor x = at::stack(points);
    const at::Tensor loss = (m_line->forward(x) - x.narrow(1, 0, 2)).square().mean();
    return {blownUpFrom >= 0 && microStep >= blownUpFrom ? loss * 1e6 : loss, {}};
  }
  Judgement validate() override {
    const auto number = m_validations++;
    return {
        {{"errors", number < static_cast<std::int64_t>(told.size()) ? told[static_cast<std::size_t>(number)] : 9.0}},
        "a sample\n"};
  }
  std::int64_t blownUpFrom = -1;
  std::vector<double> told;  // by the validations, one after the other

 private:
  std::int64_t m_batch, m_validations = 0;
  std::shared_ptr<torch::nn::LinearImpl> m_line;
};

TrainConfig lineConfig(const Scratch& folder, std::int64_t steps) {
  TrainConfig config = configFor(folder, steps);
  config.optimizer = {.steps = steps, .warmupSteps = 0, .batch = 8, .accumulate = 1, .learningRate = 1e-2};
  return config;
}

Outcome trainLine(LineTask& task, const TrainConfig& config, bool resume = false) {
  Watcher watcher;
  const auto run = RunFolder::open(config, resume);
  if (!run) return {tl::unexpected(run.error()), {}};
  auto result = train(task, config, *run, resume, watcher.source.get_token(), watcher);
  return {std::move(result), watcher.losses};
}

TEST(Trainer, TwoBatchesOfEightAccumulatedAreOneOfSixteen) {
  const Scratch two, one;
  LineTask eight(8), sixteen(16);
  auto config = lineConfig(two, 10);
  config.optimizer.accumulate = 2;
  ASSERT_TRUE(trainLine(eight, config).result);
  ASSERT_TRUE(trainLine(sixteen, lineConfig(one, 10)).result);
  const auto a = eight.module().named_parameters(), b = sixteen.module().named_parameters();
  for (const auto& item : a) EXPECT_TRUE(at::allclose(item.value(), b[item.key()], 0, 1e-6)) << item.key();
}

TEST(Trainer, StopsWhenTheLossRunsAwayAndKeepsTheCheckpointFromBefore) {
  const Scratch folder;
  LineTask task(8);
  task.blownUpFrom = 30;
  auto config = lineConfig(folder, 60);
  config.checkpointEvery = 1;
  const auto outcome = trainLine(task, config);
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().code, ErrorCode::BadInput);
  const std::string& told = outcome.result.error().message;
  EXPECT_NE(told.find("running median"), std::string::npos) << told;
  EXPECT_EQ(newestCheckpointIn(config.run)->filename(), "step-00000030.safetensors");
  EXPECT_NE(told.find("step-00000030.safetensors"), std::string::npos) << told;
}

TEST(Trainer, StopsEarlyAndExportsTheBest) {
  const Scratch folder, straight;
  LineTask task(8), other(8);
  task.told = {5, 3, 4, 6};  // the second validation, after step 8, is the best
  auto config = lineConfig(folder, 100);
  config.earlyStop = {.measure = "errors", .lowerIsBetter = true, .patience = 2, .keepBest = true};
  const auto outcome = trainLine(task, config);
  ASSERT_TRUE(outcome.result) << outcome.result.error().message;
  EXPECT_EQ(outcome.losses.rbegin()->first, 16);
  const auto best = weights::Checkpoint::open(config.run / "interface.safetensors");
  ASSERT_TRUE(best);
  EXPECT_EQ(*(*best)->text("step"), "8");
  EXPECT_EQ(startingPointIn(config.run)->filename(), "best.safetensors");

  LineTask again(8);
  EXPECT_TRUE(trainLine(again, config, true).losses.empty());  // there is nothing left to do
}

TEST(Trainer, AValidationThatIsNoNumberIsNeverTheBest) {
  const Scratch folder;
  LineTask task(8);
  task.told = {std::nan(""), 3, 4, 6};
  auto config = lineConfig(folder, 100);
  config.earlyStop = {.measure = "errors", .lowerIsBetter = true, .patience = 2, .keepBest = true};
  const auto outcome = trainLine(task, config);
  ASSERT_TRUE(outcome.result) << outcome.result.error().message;
  const auto best = weights::Checkpoint::open(config.run / "best.safetensors");
  ASSERT_TRUE(best);
  EXPECT_EQ(*(*best)->text("step"), "8");
}

TEST(Trainer, EndsWhenItsTargetIsReachedAndStaysEnded) {
  const Scratch folder;
  LineTask task(8), again(8);
  task.told = {5, 3, 4, 6};
  auto config = lineConfig(folder, 100);
  config.earlyStop = {.measure = "errors", .lowerIsBetter = true, .target = 3.5};
  const auto outcome = trainLine(task, config);
  ASSERT_TRUE(outcome.result) << outcome.result.error().message;
  EXPECT_EQ(outcome.losses.rbegin()->first, 8);
  EXPECT_TRUE(trainLine(again, config, true).losses.empty());
}

TEST(Trainer, GoesBackToACheckpointAndEndsWithTheSameBytes) {
  const Scratch straight, winding;
  LineTask one(8), two(8), three(8);
  auto config = lineConfig(straight, 12), other = lineConfig(winding, 12);
  for (auto* each : {&config, &other}) each->checkpointEvery = 4, each->keepCheckpoints = 5;
  ASSERT_TRUE(trainLine(one, config).result);
  ASSERT_TRUE(trainLine(two, other).result);
  {
    const auto run = RunFolder::open(other, true);
    ASSERT_TRUE(run);
    const auto nowhere = run->goBackTo(5);
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().message.find("There are: 4, 8, 12."), std::string::npos) << nowhere.error().message;
    ASSERT_TRUE(run->goBackTo(4));
    EXPECT_EQ(newestCheckpointIn(other.run)->filename(), "step-00000004.safetensors");
    EXPECT_FALSE(std::filesystem::exists(run->exported()));
    EXPECT_FALSE(std::filesystem::exists(other.run / "samples/step-00000008.txt"));
  }
  const auto outcome = trainLine(three, other, true);
  ASSERT_TRUE(outcome.result);
  EXPECT_EQ(outcome.losses.begin()->first, 5);
  const auto bytes = [](const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  EXPECT_EQ(bytes(straight.path() / "run/interface.safetensors"), bytes(winding.path() / "run/interface.safetensors"));
}

TEST(Trainer, RefusesToWatchAMeasureThatTheStageDoesNotTell) {
  const Scratch folder;
  LineTask task(8);
  auto config = lineConfig(folder, 10);
  config.earlyStop = {.measure = "wordErrorRate", .patience = 2};
  const auto outcome = trainLine(task, config);
  ASSERT_FALSE(outcome.result);
  EXPECT_NE(outcome.result.error().message.find("tells errors"), std::string::npos) << outcome.result.error().message;
}

TEST(Trainer, TheSameSeedGivesTheSameBytesTwice) {
  const Scratch first, second;
  TinyTask one, two;
  ASSERT_TRUE(trainOnce(one, configFor(first, 6), false).result);
  ASSERT_TRUE(trainOnce(two, configFor(second, 6), false).result);
  const auto bytes = [](const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  EXPECT_EQ(bytes(*newestCheckpointIn(first.path() / "run")), bytes(*newestCheckpointIn(second.path() / "run")));
  EXPECT_EQ(bytes(first.path() / "run/interface.safetensors"), bytes(second.path() / "run/interface.safetensors"));
}

}  // namespace
}  // namespace xllm::training
