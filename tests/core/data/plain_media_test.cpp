#include "core/data/plain_media.h"

#include <gtest/gtest.h>

#include "tests/core/data/scratch.h"

namespace xllm::data {
namespace {

using tests::Scratch;
using namespace std::string_literals;

const std::string kFormat =
    "fmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0"s;  // PCM, 1 channel, 16 kHz, 16 bit
const std::string kTwoSamples = "data\x04\0\0\0\0\x40\0\x80"s;        // 0.5, −1

std::string wav(const std::string& blocks) { return "RIFF\0\0\0\0WAVE"s + blocks; }

TEST(PlainMedia, ReadsSixteenBitSound) {
  const Scratch folder;
  for (const std::string& blocks : {kFormat + kTwoSamples, "LIST\x03\0\0\0abc\0"s + kFormat + kTwoSamples}) {
    const auto sound = PlainMedia().decodeSound(folder.write("a.wav", wav(blocks)));
    ASSERT_TRUE(sound) << sound.error().message;
    EXPECT_EQ(sound->sampleRateHz, 16000);
    EXPECT_EQ(sound->samples, (std::vector<float>{0.5F, -1.0F}));
  }
}

TEST(PlainMedia, RefusesDamagedAndOtherSound) {
  const Scratch folder;
  const auto code = [&](const std::string& bytes) {
    return PlainMedia().decodeSound(folder.write("a.wav", bytes)).error().code;
  };
  EXPECT_EQ(code(wav(kTwoSamples + kFormat)), ErrorCode::CorruptFile);
  EXPECT_EQ(code(wav(kFormat)), ErrorCode::CorruptFile);
  EXPECT_EQ(code(wav("fmt \x10\0\0\0\x01"s)), ErrorCode::CorruptFile);
  std::string stereo = kFormat;
  stereo[10] = 2;
  EXPECT_EQ(code(wav(stereo + kTwoSamples)), ErrorCode::Unsupported);
  EXPECT_EQ(code("OggS"), ErrorCode::Unsupported);
}

TEST(PlainMedia, ReadsPortablePixmaps) {
  const Scratch folder;
  const auto picture = PlainMedia().decodePicture(folder.write("a.ppm", "P6 # made by hand\n2 1\n255\nabcdef"));
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->width, 2);
  EXPECT_EQ(picture->height, 1);
  EXPECT_EQ(picture->pixels, (std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'}));
}

class NoProbe final : public MediaProbe {
 public:
  Result<PictureLook> lookAtPicture(const std::filesystem::path&) const override { return none(); }
  Result<SoundLook> listenTo(const std::filesystem::path&) const override { return none(); }
  Result<ClipLook> lookAtClip(const std::filesystem::path&, std::stop_token) const override { return none(); }

 private:
  static tl::unexpected<Error> none() { return fail(ErrorCode::Unsupported, "not asked for"); }
};

TEST(PlainMedia, LooksAtPixmapsInSmall) {
  const Scratch folder;
  std::string large = "P6 600 200\n255\n";  // black on its left half, white on its right
  for (int i = 0; i < 600 * 200; ++i) large += std::string(3, i % 600 < 300 ? '\0' : '\xFF');
  const auto look = lookAtPicture(folder.write("a.ppm", large), NoProbe());
  ASSERT_TRUE(look) << look.error().message;
  EXPECT_EQ(look->width, 600);
  EXPECT_EQ(look->height, 200);
  EXPECT_EQ(look->small.width, MediaProbe::kSmallEdge);
  EXPECT_EQ(look->small.height, 85);
  ASSERT_EQ(look->small.pixels.size(), 256U * 85 * 3);
  for (int x = 0; x < 256; ++x)
    EXPECT_EQ(look->small.pixels[static_cast<std::size_t>(84 * 256 + x) * 3 + 1], x < 128 ? 0 : 255) << x;
  const auto narrow = lookAtPicture(folder.write("b.ppm", "P6 1 600\n255\n" + std::string(1800, 'x')), NoProbe());
  ASSERT_TRUE(narrow);
  EXPECT_EQ(narrow->small.width, 1);
  EXPECT_EQ(narrow->small.height, MediaProbe::kSmallEdge);
  EXPECT_EQ(narrow->small.pixels, std::vector<std::uint8_t>(256 * 3, 'x'));
  const auto small = lookAtPicture(folder.write("c.ppm", "P6 2 1\n255\nabcdef"), NoProbe());
  ASSERT_TRUE(small);
  EXPECT_EQ(small->small.pixels, (std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'}));
}

TEST(PlainMedia, RefusesPixmapsThatClaimMoreThanTheyHold) {
  const Scratch folder;
  for (const char* bytes : {"P6 2 2\n255\nabcdef", "P6 99999999 99999999\n255\nabc", "P6 0 1\n255\n",
                            "P6 1 1\n65535\nabcdef", "P6", "P6 2", "P6 -1 1\n255\nabc"}) {
    const auto picture = PlainMedia().decodePicture(folder.write("a.ppm", bytes));
    ASSERT_FALSE(picture) << bytes;
    EXPECT_EQ(picture.error().code, ErrorCode::CorruptFile) << bytes;
  }
  EXPECT_EQ(PlainMedia().decodePicture(folder.write("a.jpg", "\xFF\xD8")).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace xllm::data
