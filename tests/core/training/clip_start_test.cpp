#include "core/training/clip_start.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/parameters.h"
#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

using tests::Scratch;

x2l::ImageInterfaceConfig imageSizes() {
  return {.featureWidth = 24,
          .poolTo = 3,
          .cellPositions = true,
          .usePooled = true,
          .classes = 10,
          .hidden = 32,
          .layers = 2,
          .heads = 4,
          .intermediate = 64,
          .queries = 3,
          .llmWidth = 48};
}

x2l::ImageInterfaceConfig clipSizes() {
  auto sizes = imageSizes();
  sizes.timePositions = 4;
  sizes.clipQueries = x2l::ClipQueries::Joint;
  sizes.queries = 7;
  sizes.motionUnits = 5;
  sizes.intermediate = 40;
  return sizes;
}

TrainConfig startingFrom(const std::filesystem::path& file) {
  TrainConfig config;
  config.init = file;
  return config;
}

TEST(ClipStart, TakesOverTheImageInterfaceAndRepeatsItsQueries) {
  const Scratch folder;
  torch::manual_seed(1);
  x2l::ImageInterface image(imageSizes());
  ASSERT_TRUE(x2l::saveParameters(image, folder.path() / "i2l.safetensors", x2l::ParameterFormat::Float32));
  torch::manual_seed(2);
  x2l::ImageInterface clip(clipSizes());
  const at::Tensor times = clip.named_parameters()["time_embeddings"].detach().clone();
  const auto loaded = loadClipStart(clip, startingFrom(folder.path() / "i2l.safetensors"));
  ASSERT_TRUE(loaded) << loaded.error().message;

  auto mine = clip.named_parameters();
  auto theirs = image.named_parameters();
  for (std::int64_t query = 0; query < 7; ++query) {
    EXPECT_TRUE(at::equal(mine["query_tokens"][0][query], theirs["query_tokens"][0][query % 3])) << query;
  }
  EXPECT_TRUE(at::equal(mine["time_embeddings"], times));
  const std::string inner = "Qformer.bert.encoder.layer.1.intermediate_query.dense.weight";
  const std::string outer = "Qformer.bert.encoder.layer.1.output_query.dense.weight";
  EXPECT_TRUE(at::equal(mine[inner], theirs[inner].narrow(0, 0, 40)));
  EXPECT_TRUE(at::equal(mine[outer], theirs[outer].narrow(1, 0, 40)));
  for (const char* const name : {"opt_proj.weight", "class_proj.weight", "cell_positions",
                                 "Qformer.bert.encoder.layer.0.crossattention.self.key.weight"}) {
    EXPECT_TRUE(at::equal(mine[name], theirs[name])) << name;
  }
}

TEST(ClipStart, GoesOnFromAVideoInterface) {
  const Scratch folder;
  torch::manual_seed(3);
  x2l::ImageInterface one(clipSizes()), two(clipSizes());
  ASSERT_TRUE(x2l::saveParameters(one, folder.path() / "v2l.safetensors", x2l::ParameterFormat::Float32));
  const auto loaded = loadClipStart(two, startingFrom(folder.path() / "v2l.safetensors"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto theirs = one.named_parameters();
  for (const auto& item : two.named_parameters())
    EXPECT_TRUE(at::equal(item.value(), theirs[item.key()])) << item.key();
}

TEST(ClipStart, RefusesAnInterfaceOfOtherSizes) {
  const Scratch folder;
  auto sizes = imageSizes();
  sizes.hidden = 16;
  x2l::ImageInterface image(sizes);
  ASSERT_TRUE(x2l::saveParameters(image, folder.path() / "other.safetensors", x2l::ParameterFormat::Float32));
  x2l::ImageInterface clip(clipSizes());
  const auto loaded = loadClipStart(clip, startingFrom(folder.path() / "other.safetensors"));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::BadInput);
  EXPECT_NE(loaded.error().message.find("same sizes"), std::string::npos) << loaded.error().message;
  EXPECT_EQ(loadClipStart(clip, startingFrom(folder.path() / "gone.safetensors")).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(loadClipStart(clip, TrainConfig{}));  // from nothing
}

}  // namespace
}  // namespace xllm::training
