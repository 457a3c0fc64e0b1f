#include "media/decode/picture_header.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

std::span<const std::uint8_t> view(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

TEST(PictureHeader, FindsTheSizeInEveryFormat) {
  for (const char* const name : {"quadrants.png", "quadrants.jpg", "progressive.jpg", "quadrants.webp", "lossy.webp",
                                 "alpha.webp", "quadrants.bmp", "quadrants.tif", "big-endian.tif", "animated.gif"}) {
    const std::string file = tests::slurp(tests::data("formats") / name);
    const auto format = pictureFormatOf(view(file));
    ASSERT_TRUE(format) << name;
    const auto header = readPictureHeader(*format, view(file));
    ASSERT_TRUE(header) << name;
    EXPECT_EQ(header->width, 24) << name;
    EXPECT_EQ(header->height, 16) << name;
    EXPECT_EQ(header->orientation, 1) << name;
    EXPECT_FALSE(header->animated) << name;
  }
}

TEST(PictureHeader, KnowsAnimatedWebp) {
  const std::string file = tests::slurp(tests::data("formats/animated.webp"));
  const auto header = readPictureHeader(PictureFormat::Webp, view(file));
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->animated);
}

// Every file cut at every place: no read past the end (the address sanitizer watches), no endless loop.
TEST(PictureHeader, BearsFilesCutAnywhere) {
  for (const char* const name : {"quadrants.png", "quadrants.jpg", "quadrants.webp", "lossy.webp", "quadrants.bmp",
                                 "quadrants.tif", "big-endian.tif", "animated.gif"}) {
    const std::string whole = tests::slurp(tests::data("formats") / name);
    const auto format = pictureFormatOf(view(whole));
    ASSERT_TRUE(format);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      const auto header = readPictureHeader(*format, cut);
      if (header) {
        EXPECT_EQ(header->width, 24) << name << " cut at " << length;
      }
    }
  }
}

TEST(PictureHeader, TakesNoTextForAPicture) {
  for (const std::string text : {"", "B", "BMW is a car maker from Munich", "GIF", "II*", "Hello", "\xFF\xD8"}) {
    EXPECT_EQ(pictureFormatOf(view(text)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace xllm::media
