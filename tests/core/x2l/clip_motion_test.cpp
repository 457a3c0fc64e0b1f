#include "core/x2l/clip_motion.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/support/golden.h"

namespace xllm::x2l {
namespace {

using tests::isWithin;

constexpr std::int64_t kFrames = 4, kCells = 9, kWidth = 32;

// A thing before a plain ground, in cell places[f] of frame f; −1: in none.
at::Tensor clipOf(const at::Tensor& thing, const std::vector<std::int64_t>& places) {
  torch::manual_seed(1);
  at::Tensor cells = torch::randn({kWidth}).expand({1, kFrames, kCells, kWidth}).clone();
  for (std::size_t frame = 0; frame < places.size(); ++frame) {
    if (places[frame] >= 0) cells[0][static_cast<std::int64_t>(frame)][places[frame]] += thing;
  }
  return cells;
}

// [times, cells, channels]
at::Tensor motionOf(const at::Tensor& cells, std::int64_t times = kFrames) {
  return clipMotion(cells, times).view({times, kCells, kMotionChannels});
}

at::Tensor someThing(std::uint64_t seed) {
  torch::manual_seed(seed);
  return 3.0 * torch::randn({kWidth});
}

TEST(ClipMotion, TellsWhereTheThingIsWhateverItIs) {
  for (const std::uint64_t seed : {2, 3}) {
    const auto motion = motionOf(clipOf(someThing(seed), {0, 1, 2, 5}));
    const auto standsOut = motion.select(2, 0).argmax(1);
    EXPECT_TRUE(at::equal(standsOut, at::tensor({0, 1, 2, 5}, at::kLong))) << standsOut;
  }
}

TEST(ClipMotion, TellsComingFromGoingAndFromStaying) {
  const auto thing = someThing(4);
  const auto comes = motionOf(clipOf(thing, {-1, -1, 4, 4})), goes = motionOf(clipOf(thing, {4, 4, -1, -1}));
  EXPECT_GT(comes[3][4][0].item<float>(), comes[0][4][0].item<float>() + 1);
  EXPECT_GT(goes[0][4][0].item<float>(), goes[3][4][0].item<float>() + 1);
  EXPECT_GT(comes[3][4][1].item<float>(), comes[1][4][1].item<float>() + 1) << "unlike the first frame";
  EXPECT_GT(comes[0][4][2].item<float>(), comes[2][4][2].item<float>() + 1) << "unlike the last frame";
  const auto stays = motionOf(clipOf(thing, {4, 4, 4, 4}));
  for (std::int64_t time = 1; time < kFrames; ++time) EXPECT_TRUE(isWithin(stays[time], stays[0], 1e-5)) << time;
}

TEST(ClipMotion, TakesAnyNumberOfFrames) {
  const auto cells = clipOf(someThing(5), {0, 1, 2, -1});
  const auto twice = cells.repeat_interleave(2, 1);
  EXPECT_TRUE(isWithin(motionOf(twice), motionOf(cells), 1e-6));
  EXPECT_TRUE(isWithin(motionOf(cells, 8), motionOf(twice, 8), 1e-6));
  EXPECT_TRUE(motionOf(cells.narrow(1, 0, 1)).isfinite().all().item<bool>()) << "one frame";
  EXPECT_THROW(clipMotion(cells[0], 4), c10::Error);
}

}  // namespace
}  // namespace xllm::x2l
