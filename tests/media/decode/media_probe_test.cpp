// The cheap look sees what the whole decoder sees, and no less damage.
#include "core/base/media_probe.h"

#include <cmath>

#include <gtest/gtest.h>

#include "media/decode/file_decoder.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

const FileDecoder kDecoder;

double meanOf(const RgbImage& image) {
  double sum = 0;
  for (const std::uint8_t value : image.pixels) sum += value;
  return sum / static_cast<double>(image.pixels.size());
}

TEST(MediaProbe, SeesPicturesOfEveryFormatAsTheyAre) {
  for (const char* name :
       {"koala.jpg", "rocket.jpg", "formats/progressive.jpg", "formats/cmyk.jpg", "formats/quadrants.jpg",
        "formats/quadrants.png", "formats/quadrants.bmp", "formats/quadrants.tif", "formats/quadrants.webp",
        "formats/alpha.png", "formats/gray.png", "formats/palette.png", "formats/animated.gif"}) {
    const auto whole = kDecoder.decodePicture(tests::data(name));
    const auto look = kDecoder.lookAtPicture(tests::data(name));
    ASSERT_TRUE(whole && look) << name;
    EXPECT_EQ(look->width, whole->width) << name;
    EXPECT_EQ(look->height, whole->height) << name;
    EXPECT_LE(std::max(look->small.width, look->small.height), MediaProbe::kSmallEdge) << name;
    EXPECT_EQ(look->small.pixels.size(), static_cast<std::size_t>(look->small.width * look->small.height * 3)) << name;
    EXPECT_NEAR(meanOf(look->small), meanOf(*whole), 4) << name;
  }
}

TEST(MediaProbe, SeesDamageInLargeJpegs) {
  const tests::TemporaryFolder folder;
  std::string jpeg = tests::slurp(tests::data("koala.jpg"));
  EXPECT_EQ(kDecoder.lookAtPicture(folder.write("a.jpg", jpeg.substr(0, jpeg.size() / 2))).error().code,
            ErrorCode::CorruptFile);
  for (std::size_t i = jpeg.size() / 2; i < jpeg.size() / 2 + 400; ++i) jpeg[i] = '\xFF';
  EXPECT_EQ(kDecoder.lookAtPicture(folder.write("b.jpg", jpeg)).error().code, ErrorCode::CorruptFile);
  EXPECT_EQ(kDecoder.lookAtPicture(tests::data("formats/tone.wav")).error().code, ErrorCode::BadInput);
}

TEST(MediaProbe, HearsRecordingsAndHowTheyAreStored) {
  const auto whole = kDecoder.decodeSound(tests::data("formats/tone.wav"));
  const auto look = kDecoder.listenTo(tests::data("formats/tone.wav"));
  ASSERT_TRUE(whole && look);
  EXPECT_EQ(look->clip.samples, whole->samples);
  EXPECT_GT(look->sampleRateHz, 0);
  EXPECT_EQ(look->channels, 2);
  EXPECT_NEAR(look->promisedSeconds, look->clip.seconds(), 0.05);
  EXPECT_EQ(kDecoder.listenTo(tests::data("cat.jpg")).error().code, ErrorCode::BadInput);
}

TEST(MediaProbe, SeesTheFirstMiddleAndLastFrameOfAClip) {
  const auto look = kDecoder.lookAtClip(tests::data("formats/clip.mp4"), {});
  const auto facts = kDecoder.describeClip(tests::data("formats/clip.mp4"));
  ASSERT_TRUE(look && facts);
  EXPECT_EQ(look->facts.width, facts->width);
  EXPECT_EQ(look->facts.height, facts->height);
  EXPECT_DOUBLE_EQ(look->facts.seconds, facts->seconds);
  EXPECT_EQ(look->facts.hasSound, facts->hasSound);
  EXPECT_EQ(look->frames.size(), 3U);
  EXPECT_EQ(look->missingSeconds, 0);
  EXPECT_EQ(kDecoder.lookAtClip(tests::data("cat.jpg"), {}).error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm::media
