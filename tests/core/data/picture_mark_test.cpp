#include "core/data/picture_mark.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/core/data/planted.h"

namespace xllm::data {
namespace {

TEST(PictureMark, FindsThePictureThatWasMadeSmallerAndBrighter) {
  std::vector<PictureMark> marks;
  for (int seed = 0; seed < 60; ++seed) marks.push_back(markOf(tests::waves(160, 120, seed * 8 + seed % 3)));
  RgbImage again = tests::waves(80, 60, 7 * 8 + 7 % 3);
  for (auto& value : again.pixels) value = static_cast<std::uint8_t>(std::min(value + 5, 255));
  marks.push_back(markOf(again));
  const auto groups = alikeAmong(marks);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups.front(), (std::vector<std::size_t>{7, 60}));
}

TEST(PictureMark, SetsBlankPicturesApartFromFaintOnes) {
  EXPECT_TRUE(markOf(tests::oneColour(50, 40)).blank);
  EXPECT_TRUE(markOf({}).blank);
  EXPECT_FALSE(markOf(tests::waves(50, 40, 1)).blank);
  const std::vector<PictureMark> blanks(3, markOf(tests::oneColour(50, 40)));
  EXPECT_TRUE(alikeAmong(blanks).empty()) << "they are told as blank, not as alike";
}

}  // namespace
}  // namespace xllm::data
