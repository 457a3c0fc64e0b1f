#include "core/x2l/image_interface.h"

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/x2l/parameters.h"
#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isWithin;

ImageInterfaceConfig goldenConfig() {
  return {
      .featureWidth = 64, .hidden = 64, .layers = 4, .heads = 4, .intermediate = 128, .queries = 6, .llmWidth = 128};
}

ImageInterfaceConfig smallConfig() {
  return {.featureWidth = 24,
          .poolTo = 3,
          .cellPositions = true,
          .usePooled = true,
          .classes = 10,
          .hidden = 32,
          .layers = 2,
          .heads = 4,
          .intermediate = 64,
          .queries = 5,
          .llmWidth = 48};
}

// Started from zero or near it, many a part would go unseen: give every parameter something to say.
void shake(torch::nn::Module& module) {
  const torch::NoGradGuard noGrad;
  for (auto& parameter : module.parameters()) parameter.add_(torch::randn_like(parameter) * 0.2);
}

TEST(ImageInterface, LoadsThePublishedLayoutAndAgreesWithIt) {
  const Golden golden("qformer_blip2_stage1");
  ImageInterface interface(goldenConfig());
  interface.eval();
  LoadOptions options{.ignore = otherImageKeys()};
  for (const auto* kind : {"input.*", "expected.*"}) options.ignore.emplace_back(kind);
  const auto loaded = loadParameters(interface, *golden.checkpoint(), options);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const torch::NoGradGuard noGrad;
  const auto cells = golden.input("image_embeds");
  EXPECT_TRUE(isClose(interface.queryStates(cells), golden.expected("query_output"), 1e-5));
  EXPECT_TRUE(isClose(interface.forward(cells), golden.expected("i_adapter_output"), 1e-5));
}

TEST(ImageInterface, TellsOfTheTextBranchUnlessItIsIgnored) {
  const Golden golden("qformer_blip2_stage1");
  ImageInterface interface(goldenConfig());
  const auto loaded =
      loadParameters(interface, *golden.checkpoint(), {.ignore = {"input.*", "expected.*", "Qformer.cls.*"}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().message.find("Unexpected: "), std::string::npos) << loaded.error().message;
  EXPECT_NE(loaded.error().message.find("Qformer.bert.embeddings.word_embeddings.weight"), std::string::npos)
      << loaded.error().message;
  EXPECT_EQ(loaded.error().message.find("Qformer.cls"), std::string::npos) << loaded.error().message;
}

TEST(ImageInterface, AnswersEachPictureOfABatchAsIfAlone) {
  torch::manual_seed(1);
  ImageInterface interface(smallConfig());
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto cells = torch::randn({3, 49, 24}), pooled = torch::randn({3, 24}), classes = torch::rand({3, 10});
  const auto all = interface.forward(cells, pooled, classes);
  ASSERT_EQ(all.sizes(), at::IntArrayRef({3, 5, 48}));
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto one = interface.forward(cells.narrow(0, i, 1), pooled.narrow(0, i, 1), classes.narrow(0, i, 1));
    EXPECT_TRUE(isWithin(one, all.narrow(0, i, 1), 1e-5));
  }
}

TEST(ImageInterface, PoolsTheMapByPlace) {
  torch::manual_seed(2);
  ImageInterface interface(smallConfig());
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto pooled = torch::randn({1, 24}), classes = torch::rand({1, 10});
  const auto nine = torch::randn({1, 3, 3, 24});
  // Each of the nine cells blown up to 2 × 2 that average to it.
  auto map = nine.repeat_interleave(2, 1).repeat_interleave(2, 2);
  const auto sign = (torch::arange(6) % 2 * 2 - 1).to(at::kFloat);
  map = map + sign.view({1, 6, 1, 1}) * 0.7;
  const auto fine = interface.forward(map.reshape({1, 36, 24}), pooled, classes);
  const auto coarse = interface.forward(nine.reshape({1, 9, 24}), pooled, classes);
  EXPECT_TRUE(isWithin(fine, coarse, 1e-4));
  const auto mirrored = interface.forward(nine.flip(2).reshape({1, 9, 24}), pooled, classes);
  EXPECT_FALSE(isWithin(mirrored, coarse, 1e-2)) << "left and right look the same";
}

// 257 cells of a ViT are a class token and a map of 16 × 16.
TEST(ImageInterface, KeepsAClassTokenApartFromTheMapItPools) {
  torch::manual_seed(9);
  ImageInterface interface(smallConfig());
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto pooled = torch::randn({1, 24}), classes = torch::rand({1, 10});
  const auto map = torch::randn({1, 36, 24}), token = torch::randn({1, 1, 24});
  const auto with = interface.memory(torch::cat({token, map}, 1), pooled, classes);
  const auto without = interface.memory(map, pooled, classes);
  ASSERT_EQ(with.size(1), without.size(1) + 1);
  EXPECT_TRUE(isWithin(with.narrow(1, 0, 9), without.narrow(1, 0, 9), 0));
  EXPECT_TRUE(isWithin(with.narrow(1, 9, 1), token, 0));
  EXPECT_THROW(interface.memory(torch::randn({1, 38, 24}), pooled, classes), c10::Error);
}

TEST(ImageInterface, UsesEveryInputItAsksFor) {
  torch::manual_seed(3);
  auto config = smallConfig();
  config.timePositions = 8;
  config.featureNorm = true;
  ImageInterface interface(config);
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto cells = torch::randn({1, 49, 24}), pooled = torch::randn({1, 24}), classes = torch::rand({1, 10});
  const auto time = torch::tensor({2}, at::kLong);
  const auto base = interface.forward(cells, pooled, classes, time);
  EXPECT_FALSE(isWithin(interface.forward(torch::randn({1, 49, 24}), pooled, classes, time), base, 1e-3));
  EXPECT_FALSE(isWithin(interface.forward(cells, torch::randn({1, 24}), classes, time), base, 1e-3));
  EXPECT_FALSE(isWithin(interface.forward(cells, pooled, torch::rand({1, 10}), time), base, 1e-3));
  EXPECT_FALSE(isWithin(interface.forward(cells, pooled, classes, time + 1), base, 1e-3));
  EXPECT_THROW(interface.forward(cells, {}, classes, time), c10::Error);
  EXPECT_THROW(interface.forward(cells, pooled, {}, time), c10::Error);
  EXPECT_THROW(interface.forward(cells, pooled, classes), c10::Error);
  EXPECT_THROW(interface.forward(torch::randn({1, 48, 24}), pooled, classes, time), c10::Error);
}

TEST(ImageInterface, SharpensTheClassProbabilities) {
  torch::manual_seed(6);
  auto config = smallConfig();
  ImageInterface plain(config);
  config.classPower = 3.0;
  ImageInterface sharp(config);
  const torch::NoGradGuard noGrad;
  for (const auto& item : plain.named_parameters()) sharp.named_parameters()[item.key()].copy_(item.value());
  plain.eval();
  sharp.eval();
  const auto cells = torch::randn({2, 49, 24}), pooled = torch::randn({2, 24});
  const auto classes = torch::softmax(torch::randn({2, 10}), 1);
  const auto cubes = classes * classes * classes;
  const auto expected = plain.forward(cells, pooled, cubes / cubes.sum(1, true));
  EXPECT_TRUE(isWithin(sharp.forward(cells, pooled, classes), expected, 1e-5));
}

TEST(ImageInterface, TrainsEveryParameter) {
  torch::manual_seed(4);
  auto config = smallConfig();
  config.timePositions = 3;
  config.featureNorm = true;
  config.dropout = 0.1;
  ImageInterface interface(config);
  shake(interface);
  const auto times = torch::arange(3);
  const auto out = interface.forward(torch::randn({3, 49, 24}), torch::randn({3, 24}), torch::rand({3, 10}), times);
  (out * torch::randn_like(out)).sum().backward();
  for (const auto& item : interface.named_parameters()) {
    // A key's bias moves all scores of a query alike, which softmax does not see.
    if (item.key().ends_with("key.bias")) continue;
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<double>(), 1e-6) << item.key();
  }
}

ImageInterfaceConfig clipConfig(ClipQueries queries) {
  auto config = smallConfig();
  config.timePositions = 4;
  config.clipQueries = queries;
  config.motionUnits = queries == ClipQueries::Joint ? 6 : 0;
  return config;
}

TEST(ImageInterface, WatchesAClipFrameByFrame) {
  torch::manual_seed(7);
  ImageInterface interface(clipConfig(ClipQueries::PerFrame));
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto cells = torch::randn({2, 4, 49, 24}), pooled = torch::randn({2, 4, 24}), classes = torch::rand({2, 4, 10});
  const auto tokens = interface.watch(cells, pooled, classes);
  ASSERT_EQ(tokens.sizes(), at::IntArrayRef({2, 20, 48}));
  for (std::int64_t frame = 0; frame < 4; ++frame) {
    const auto alone = interface.forward(cells.select(1, frame), pooled.select(1, frame), classes.select(1, frame),
                                         torch::full({2}, frame, at::kLong));
    EXPECT_TRUE(isWithin(tokens.narrow(1, 5 * frame, 5), alone, 1e-5)) << frame;
  }
  // Fewer frames take times from the middles of their parts: of two, the second and the last but none.
  const auto two = interface.watch(cells.narrow(1, 0, 2), pooled.narrow(1, 0, 2), classes.narrow(1, 0, 2));
  const auto late =
      interface.forward(cells.select(1, 1), pooled.select(1, 1), classes.select(1, 1), torch::full({2}, 3, at::kLong));
  EXPECT_TRUE(isWithin(two.narrow(1, 5, 5), late, 1e-5));
}

TEST(ImageInterface, WatchesAllFramesAtOnceWithJointQueries) {
  torch::manual_seed(8);
  ImageInterface interface(clipConfig(ClipQueries::Joint));
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  const auto cells = torch::randn({2, 4, 49, 24}), pooled = torch::randn({2, 4, 24}), classes = torch::rand({2, 4, 10});
  const auto tokens = interface.watch(cells, pooled, classes);
  ASSERT_EQ(tokens.sizes(), at::IntArrayRef({2, 5, 48}));
  const auto second = interface.watch(cells.narrow(0, 1, 1), pooled.narrow(0, 1, 1), classes.narrow(0, 1, 1));
  EXPECT_TRUE(isWithin(second, tokens.narrow(0, 1, 1), 1e-5)) << "clips of a batch feel each other";
  const auto reversed = interface.watch(cells.flip(1), pooled.flip(1), classes.flip(1));
  EXPECT_FALSE(isWithin(reversed, tokens, 1e-2)) << "the order of frames makes no difference";
  EXPECT_THROW(interface.forward(cells[0], pooled[0], classes[0], torch::arange(4)), c10::Error);
  EXPECT_THROW(ImageInterface(smallConfig()).watch(cells, pooled, classes), c10::Error);
}

TEST(ImageInterface, TrainsEveryParameterOfJointQueries) {
  torch::manual_seed(9);
  ImageInterface interface(clipConfig(ClipQueries::Joint));
  shake(interface);
  const auto out = interface.watch(torch::randn({2, 4, 49, 24}), torch::randn({2, 4, 24}), torch::rand({2, 4, 10}));
  (out * torch::randn_like(out)).sum().backward();
  for (const auto& item : interface.named_parameters()) {
    if (item.key().ends_with("key.bias")) continue;
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_GT(item.value().grad().abs().max().item<double>(), 1e-6) << item.key();
  }
}

TEST(ImageInterface, SeesWhatMovesThroughItsMotionUnitsAlone) {
  torch::manual_seed(10);
  ImageInterface interface(clipConfig(ClipQueries::Joint));
  shake(interface);
  interface.eval();
  const torch::NoGradGuard noGrad;
  for (const auto& item : interface.named_parameters()) {
    const auto& name = item.key();  // nothing is seen any more but by the motion units
    if (name.find("crossattention.self.value") != std::string::npos) item.value().zero_();
  }
  const auto pooled = torch::randn({1, 4, 24}), classes = torch::rand({1, 4, 10});
  const auto cells = torch::randn({1, 4, 49, 24}), still = cells.narrow(1, 0, 1).expand_as(cells);
  const auto moves = interface.watch(cells, pooled, classes), stays = interface.watch(still, pooled, classes);
  EXPECT_FALSE(isWithin(moves, stays, 1e-2));
  EXPECT_TRUE(isWithin(moves, interface.watch(cells, pooled + 1.0, classes), 1e-5)) << "something else is seen too";
}

// Central differences of a few weights of every parameter, in double.
TEST(ImageInterface, HasTheGradientsOfItsValues) {
  torch::manual_seed(5);
  ImageInterface interface(smallConfig());
  shake(interface);
  interface.to(at::kDouble);
  const auto cells = torch::randn({2, 49, 24}, at::kDouble), pooled = torch::randn({2, 24}, at::kDouble);
  const auto classes = torch::rand({2, 10}, at::kDouble), weights = torch::randn({2, 5, 48}, at::kDouble);
  const auto value = [&] { return (interface.forward(cells, pooled, classes) * weights).sum(); };
  value().backward();
  const torch::NoGradGuard noGrad;
  for (const auto& item : interface.named_parameters()) {
    auto flat = item.value().view({-1});
    const auto gradient = item.value().grad().view({-1});
    const auto i = gradient.abs().argmax().item<std::int64_t>();
    const double kept = flat[i].item<double>();
    flat[i] = kept + 1e-5;
    const double up = value().item<double>();
    flat[i] = kept - 1e-5;
    const double down = value().item<double>();
    flat[i] = kept;
    EXPECT_NEAR(gradient[i].item<double>(), (up - down) / 2e-5, 1e-5 * std::max(1.0, std::abs((up - down) / 2e-5)))
        << item.key();
  }
}

}  // namespace
}  // namespace xllm::x2l
