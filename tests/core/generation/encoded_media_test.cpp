#include "core/generation/encoded_media.h"

#include <gtest/gtest.h>

namespace xllm::generation {
namespace {

RgbImage image(int width, int height, std::uint8_t value = 7) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), value)};
}
Part picture(RgbImage of) { return std::make_shared<const RgbImage>(std::move(of)); }
Part clip(std::vector<RgbImage> images) {
  VideoClip made;
  for (RgbImage& each : images) made.frames.push_back({.seconds = 0, .image = std::move(each)});
  return std::make_shared<const VideoClip>(std::move(made));
}
Part sound(int rate, std::vector<float> samples) {
  return std::make_shared<const AudioClip>(AudioClip{rate, std::move(samples)});
}

TEST(ContentHash, IsThatOfTheContents) {
  EXPECT_EQ(contentHash(picture(image(4, 3))), contentHash(picture(image(4, 3))));
  EXPECT_EQ(contentHash(sound(16000, {0.5F, 0.1F})), contentHash(sound(16000, {0.5F, 0.1F})));
  EXPECT_EQ(contentHash(clip({image(2, 2), image(2, 2, 9)})), contentHash(clip({image(2, 2), image(2, 2, 9)})));
}

TEST(ContentHash, EverythingCounts) {
  const ContentHash hash = contentHash(picture(image(4, 3)));
  EXPECT_NE(hash, contentHash(picture(image(3, 4)))) << "the same bytes in another shape";
  for (const std::size_t at : {0, 17, 18, 35}) {
    RgbImage other = image(4, 3);
    other.pixels[at] = 8;
    EXPECT_NE(hash, contentHash(picture(other))) << "byte " << at;
  }
  EXPECT_NE(hash, contentHash(clip({image(4, 3)}))) << "a clip of one frame is no picture";
  const ContentHash two = contentHash(clip({image(2, 2), image(2, 2, 9)}));
  EXPECT_NE(two, contentHash(clip({image(2, 2, 9), image(2, 2)}))) << "the order of frames";
  EXPECT_NE(two, contentHash(clip({image(2, 2)})));
  const ContentHash heard = contentHash(sound(16000, {0.5F, 0.1F}));
  EXPECT_NE(heard, contentHash(sound(8000, {0.5F, 0.1F})));
  EXPECT_NE(heard, contentHash(sound(16000, {0.1F, 0.5F})));
  EXPECT_NE(heard, contentHash(sound(16000, {0.5F, 0.1F, 0.0F})));
}

}  // namespace
}  // namespace xllm::generation
