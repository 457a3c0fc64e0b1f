#include "core/encoders/resample.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isWithin;

RgbImage toImage(const at::Tensor& bytes) {  // [height, width, 3] uint8
  const at::Tensor whole = bytes.contiguous();
  const auto* data = whole.const_data_ptr<std::uint8_t>();
  return {static_cast<int>(whole.size(1)), static_cast<int>(whole.size(0)), {data, data + whole.numel()}};
}

at::Tensor toBytes(const RgbImage& image) {
  at::Tensor bytes = at::empty({image.height, image.width, 3}, at::kByte);
  std::copy(image.pixels.begin(), image.pixels.end(), bytes.mutable_data_ptr<std::uint8_t>());
  return bytes;
}

class Resample : public ::testing::Test {
 protected:
  Golden golden{"image_preprocess"};
  RgbImage image = toImage(golden["input.image_u8_hwc"]);
};

TEST_F(Resample, GivesPillowsBytesWhenShrinkingAndGrowing) {
  EXPECT_TRUE(isWithin(toBytes(resizeBicubic(image, 32, 32)), golden["expected.resized_32x32_u8"], 0));
  EXPECT_TRUE(isWithin(toBytes(resizeBicubic(image, 224, 224)), golden["expected.resized_224x224_u8"], 0));
  EXPECT_TRUE(isWithin(toBytes(resizeBicubic(image, 7, 5)), golden["expected.resized_w7_h5_u8"], 0));
}

TEST_F(Resample, LeavesAPictureOfTheRightSizeAlone) {
  EXPECT_EQ(resizeBicubic(image, image.width, image.height).pixels, image.pixels);
}

TEST_F(Resample, CutsTheMiddleLikeTorchvision) {
  EXPECT_TRUE(isWithin(toBytes(resizeShortSideAndCrop(image, 32)), golden["expected.short_side_32_center_crop_u8"], 0));
  EXPECT_TRUE(
      isWithin(toBytes(resizeShortSideAndCrop(image, 224)), golden["expected.short_side_224_center_crop_u8"], 0));
}

TEST_F(Resample, CropEqualsResizingTheWholeAndCuttingTheMiddle) {
  const at::Tensor bytes = golden["input.image_u8_hwc"].narrow(0, 0, 9);
  const RgbImage wide = toImage(bytes),
                 tall = toImage(bytes.transpose(0, 1));  // 61 × 9, so 216 × 32, and the other way
  EXPECT_TRUE(
      isWithin(toBytes(resizeShortSideAndCrop(wide, 32)), toBytes(resizeBicubic(wide, 216, 32)).narrow(1, 92, 32), 0));
  EXPECT_TRUE(
      isWithin(toBytes(resizeShortSideAndCrop(tall, 32)), toBytes(resizeBicubic(tall, 32, 216)).narrow(0, 92, 32), 0));
}

TEST_F(Resample, TellsWhichPartOfThePictureIsSeen) {
  const SeenPicture all = seeStretched(image, 32);
  EXPECT_EQ((std::vector<double>{all.left, all.top, all.width, all.height}), (std::vector<double>{0, 0, 61, 47}));
  EXPECT_EQ(all.pixels.pixels, resizeBicubic(image, 32, 32).pixels);
  // 61 × 47 becomes 41 × 32, of which the columns 4 … 35 are cut: a half is rounded to even.
  const SeenPicture middle = seeMiddle(image, 32);
  EXPECT_DOUBLE_EQ(middle.left, 4 * 61.0 / 41);
  EXPECT_DOUBLE_EQ(middle.width, 32 * 61.0 / 41);
  EXPECT_DOUBLE_EQ(middle.top, 0);
  EXPECT_DOUBLE_EQ(middle.height, 47);
  EXPECT_EQ(middle.pixels.pixels, resizeShortSideAndCrop(image, 32).pixels);
}

TEST_F(Resample, NormalisesAsClipAndSiglip) {
  const RgbImage small = resizeBicubic(image, 32, 32);
  EXPECT_TRUE(isWithin(normalise(small, kClipNormalisation)[0], golden["expected.normalised_32x32"], 1e-6));
  const Normalisation siglip{.divisor = 255.0F, .mean = {0.5F, 0.5F, 0.5F}, .deviation = {0.5F, 0.5F, 0.5F}};
  EXPECT_TRUE(isWithin(normalise(small, siglip)[0], golden["expected.siglip_normalised_32x32"], 1e-6));
  EXPECT_TRUE(isWithin(normalise(resizeShortSideAndCrop(image, 32), kClipNormalisation)[0],
                       golden["expected.short_side_32_center_crop_normalised"], 1e-6));
}

TEST_F(Resample, SurvivesExtremeShapes) {
  const RgbImage line{20000, 1, std::vector<std::uint8_t>(60000, 77)};
  const RgbImage cropped = resizeShortSideAndCrop(line, 224);
  EXPECT_EQ(cropped.pixels, std::vector<std::uint8_t>(224 * 224 * 3, 77));
  const RgbImage dot{1, 1, {1, 2, 3}};
  EXPECT_EQ(resizeBicubic(dot, 2, 1).pixels, (std::vector<std::uint8_t>{1, 2, 3, 1, 2, 3}));
  EXPECT_THROW(resizeBicubic(RgbImage{}, 2, 2), c10::Error);
  EXPECT_THROW(resizeBicubic(RgbImage{2, 2, {1, 2, 3}}, 2, 2), c10::Error);
}

}  // namespace
}  // namespace xllm::encoders
