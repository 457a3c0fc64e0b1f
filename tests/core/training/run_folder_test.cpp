#include "core/training/run_folder.h"

#include <fstream>

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

using tests::Scratch;

class One : public torch::nn::Module {
 public:
  One() { value = register_parameter("value", torch::ones({2, 2})); }
  at::Tensor value;
};

TrainConfig configIn(const Scratch& folder) {
  TrainConfig config;
  config.run = folder.path() / "run";
  config.source = {{"steps", 3}};
  return config;
}

void stepOnce(One& module, AdamW& optimizer) {
  optimizer.clearGradients();
  module.value.square().sum().backward();
  optimizer.step(0.1);
}

TEST(RunFolder, RefusesToStartOverARunAndToResumeNothing) {
  const Scratch folder;
  const auto config = configIn(folder);
  EXPECT_EQ(RunFolder::open(config, true).error().code, ErrorCode::NotFound);
  {
    const auto run = RunFolder::open(config, false);
    ASSERT_TRUE(run);
    One module;
    AdamW optimizer(module, {});
    stepOnce(module, optimizer);
    ASSERT_TRUE(run->saveCheckpoint(optimizer, 2));
  }
  EXPECT_EQ(RunFolder::open(config, false).error().code, ErrorCode::BadInput);
  EXPECT_TRUE(RunFolder::open(config, true));
}

TEST(RunFolder, RefusesAFolderThatIsBeingTrainedInAndIsFreeAfterwards) {
  const Scratch folder;
  const auto config = configIn(folder);
  {
    const auto run = RunFolder::open(config, false);
    ASSERT_TRUE(run);
    const auto second = RunFolder::open(config, false);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::BadInput);
    EXPECT_NE(second.error().message.find("is at work in"), std::string::npos) << second.error().message;
  }
  EXPECT_TRUE(RunFolder::open(config, false));
}

TEST(RunFolder, RemovesWhatAKillLeftUnfinished) {
  const Scratch folder;
  const auto config = configIn(folder);
  const auto left = folder.write("run/checkpoints/step-00000002.safetensors.4711-3", "half of a checkpoint");
  const auto best = folder.write("run/best.safetensors.4711-12", "half of it");
  const auto notes = folder.write("run/checkpoints/notes.2026-12", "of a person");
  const auto dated = folder.write("run/notes.txt.12-", "of a person, too");
  ASSERT_TRUE(RunFolder::open(config, false));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_FALSE(std::filesystem::exists(best));
  EXPECT_TRUE(std::filesystem::exists(notes));
  EXPECT_TRUE(std::filesystem::exists(dated));
}

TEST(RunFolder, TellsOfAnotherNumberOfThreadsOrRanks) {
  const Scratch folder;
  const auto config = configIn(folder);
  {
    const auto run = RunFolder::open(config, false);
    One module;
    AdamW optimizer(module, {});
    stepOnce(module, optimizer);
    ASSERT_TRUE(run->saveCheckpoint(optimizer, 2));
  }
  EXPECT_TRUE(RunFolder::open(config, true)->notes().empty());
  const auto two = RunFolder::open(config, true, 2);
  ASSERT_EQ(two->notes().size(), 1U);
  EXPECT_NE(two->notes().front().find("WORLD_SIZE"), std::string::npos) << two->notes().front();
}

TEST(RunFolder, AFolderThatCannotBeMadeIsNamed) {
  const Scratch folder;
  folder.write("run", "a file stands where the folder should be");
  const auto run = RunFolder::open(configIn(folder), false);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::DiskFull);
  EXPECT_NE(run.error().message.find((folder.path() / "run").string()), std::string::npos);
}

TEST(RunFolder, ANextStageStartsFromTheBestWhereItWasKept) {
  const Scratch folder;
  const auto run = RunFolder::open(configIn(folder), false);
  One module;
  AdamW optimizer(module, {});
  stepOnce(module, optimizer);
  ASSERT_TRUE(run->saveCheckpoint(optimizer, 2));
  EXPECT_EQ(startingPointIn(run->path())->filename(), "step-00000001.safetensors");
  ASSERT_TRUE(run->saveBest(optimizer));
  EXPECT_EQ(startingPointIn(run->path())->filename(), "best.safetensors");
}

TEST(RunFolder, KeepsTheNewestCheckpointsAndForgetsLaterMetrics) {
  const Scratch folder;
  const auto run = RunFolder::open(configIn(folder), false);
  ASSERT_TRUE(run);
  One module;
  AdamW optimizer(module, {});
  for (int step = 1; step <= 4; ++step) {
    stepOnce(module, optimizer);
    ASSERT_TRUE(run->saveCheckpoint(optimizer, 2));
    ASSERT_TRUE(run->addMetrics({{"step", step}}));
  }
  ASSERT_TRUE(run->addMetrics({{"step", 5}}));  // logged, then the power went
  EXPECT_EQ(run->newestCheckpoint()->filename(), "step-00000004.safetensors");
  EXPECT_FALSE(std::filesystem::exists(run->path() / "checkpoints" / "step-00000002.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(run->path() / "checkpoints" / "step-00000003.safetensors"));

  One fresh;
  AdamW again(fresh, {});
  ASSERT_TRUE(run->loadNewest(again));
  EXPECT_EQ(again.steps(), 4);
  EXPECT_TRUE(at::equal(fresh.value, module.value));
  std::ifstream metrics(run->path() / "metrics.jsonl");
  std::string all{std::istreambuf_iterator<char>(metrics), {}};
  EXPECT_NE(all.find("{\"step\":4}"), std::string::npos);
  EXPECT_EQ(all.find("{\"step\":5}"), std::string::npos);
}

TEST(RunFolder, RefusesACheckpointOfOtherSizes) {
  class Other : public torch::nn::Module {
   public:
    Other() { register_parameter("value", torch::ones({3, 2})); }
  };
  const Scratch folder;
  const auto run = RunFolder::open(configIn(folder), false);
  One module;
  AdamW optimizer(module, {});
  stepOnce(module, optimizer);
  ASSERT_TRUE(run->saveCheckpoint(optimizer, 2));
  Other other;
  AdamW wrong(other, {});
  EXPECT_EQ(run->loadNewest(wrong).error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm::training
