#include "core/training/dry_run.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include "core/data/feature_store.h"
#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

using tests::Scratch;

// Two parameters that are pulled to zero; its "encoder" makes 4 rows of 8 values an example.
class SmallTask final : public TrainingTask {
 public:
  SmallTask() { m_value = m_module->register_parameter("value", torch::ones({1000})); }
  torch::nn::Module& module() override { return *m_module; }
  StepLoss loss(std::int64_t) override { return {m_value.square().sum(), {}}; }
  Judgement validate() override { return {}; }

 private:
  std::shared_ptr<torch::nn::Module> m_module = std::make_shared<torch::nn::Module>();
  at::Tensor m_value;
};

class Nobody final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress&) override {}
};

// As a task does: takes its examples, and fills the store with what it lacks of them.
Result<std::unique_ptr<TrainingTask>> make(const TrainConfig& config, std::stop_token, TrainObserver& observer) {
  auto store = data::FeatureStore::open(config.store, "things", 8);
  if (!store) return tl::unexpected(store.error());
  std::int64_t next = 0;
  for (const int count : {90, 10}) {  // training, validation
    std::vector<std::int64_t> examples;
    for (int i = 0; i < count; ++i) examples.push_back(next++);
    takeExamples(examples, config.mostExamples, observer);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      observer.onPreparing("features", static_cast<std::int64_t>(i) + 1, std::ssize(examples));
      const std::string key = "key" + std::to_string(examples[i]);
      if ((*store)->contains(key)) continue;
      if (auto kept = (*store)->append(key, torch::ones({4, 8})); !kept) return tl::unexpected(kept.error());
    }
  }
  if (auto done = (*store)->finish(); !done) return tl::unexpected(done.error());
  return std::make_unique<SmallTask>();
}

TrainConfig configIn(const Scratch& folder) {
  TrainConfig config;
  config.run = folder.path() / "run";
  config.store = folder.path() / "features";
  config.optimizer = {.steps = 40, .batch = 5};
  config.validateEvery = 10;
  config.keepCheckpoints = 2;
  return config;
}

TEST(DryRun, TellsWhatAllExamplesTakeFromAFew) {
  const Scratch folder;
  Nobody nobody;
  const auto estimate = dryRun(configIn(folder), make, {}, nobody);
  ASSERT_TRUE(estimate) << estimate.error().message;
  EXPECT_EQ(estimate->examples, 100);
  EXPECT_EQ(estimate->steps, 40);
  EXPECT_EQ(estimate->validations, 4);
  EXPECT_EQ(estimate->featureBytes, 100 * 4 * 8 * 2);  // bfloat16
  EXPECT_EQ(estimate->checkpointBytes, 4 * 3 * 4000);  // two, one being written, one exported
  EXPECT_GT(estimate->memoryBytes, 1'000'000);
  EXPECT_GT(estimate->secondsPerStep, 0);
  EXPECT_GT(estimate->seconds(), 40 * estimate->secondsPerStep);
}

TEST(DryRun, CountsWhatTheStoreHasAndLeavesNothingBehind) {
  const Scratch folder;
  Nobody nobody;
  const TrainConfig config = configIn(folder);
  ASSERT_TRUE(make(config, {}, nobody));
  const auto estimate = dryRun(config, make, {}, nobody);
  ASSERT_TRUE(estimate) << estimate.error().message;
  EXPECT_EQ(estimate->featureBytes, 0);
  EXPECT_EQ(estimate->prepareSeconds, 0);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) left.push_back(entry.path().filename());
  EXPECT_EQ(left, std::vector<std::string>{"features"});
}

}  // namespace
}  // namespace xllm::training
