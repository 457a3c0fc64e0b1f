#include "media/decode/file_decoder.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <ostream>
#include <sstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

using tests::data;

constexpr int kWidth = 24, kHeight = 16;
struct Rgb {
  int r, g, b;
};
constexpr Rgb kRed{255, 0, 0}, kGreen{0, 255, 0}, kBlue{0, 0, 255}, kWhite{255, 255, 255};

::testing::AssertionResult hasColor(const RgbImage& image, int x, int y, Rgb wanted, int tolerance) {
  const std::uint8_t* const pixel = &image.pixels[static_cast<std::size_t>(y * image.width + x) * 3];
  const int off =
      std::max({std::abs(pixel[0] - wanted.r), std::abs(pixel[1] - wanted.g), std::abs(pixel[2] - wanted.b)});
  if (off <= tolerance) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "pixel (" << x << ", " << y << ") is " << int{pixel[0]} << " "
                                       << int{pixel[1]} << " " << int{pixel[2]} << ", not " << wanted.r << " "
                                       << wanted.g << " " << wanted.b;
}

// Red | green over blue | white.
void expectQuadrants(const RgbImage& image, int tolerance) {
  ASSERT_EQ(image.width, kWidth);
  ASSERT_EQ(image.height, kHeight);
  ASSERT_EQ(image.pixels.size(), std::size_t{kWidth * kHeight * 3});
  EXPECT_TRUE(hasColor(image, 3, 2, kRed, tolerance));
  EXPECT_TRUE(hasColor(image, 20, 2, kGreen, tolerance));
  EXPECT_TRUE(hasColor(image, 3, 13, kBlue, tolerance));
  EXPECT_TRUE(hasColor(image, 20, 13, kWhite, tolerance));
}

struct PictureCase {
  const char* file;
  int tolerance;

  friend std::ostream& operator<<(std::ostream& out, const PictureCase& test) { return out << test.file; }
};

class EveryPictureFormat : public ::testing::TestWithParam<PictureCase> {};

TEST_P(EveryPictureFormat, IsDecodedAlikeFromAFileAndFromMemory) {
  const FileDecoder decoder;
  const auto path = data("formats") / GetParam().file;
  const auto fromFile = decoder.decodePicture(path);
  ASSERT_TRUE(fromFile) << fromFile.error().message;
  expectQuadrants(*fromFile, GetParam().tolerance);
  const auto fromMemory = decoder.decodePicture(tests::asBytes(tests::slurp(path)));
  ASSERT_TRUE(fromMemory) << fromMemory.error().message;
  EXPECT_EQ(fromMemory->pixels, fromFile->pixels);
  const bool moves = std::string_view(GetParam().file) == "animated.gif";
  EXPECT_EQ(decoder.identify(path), moves ? MediaKind::Video : MediaKind::Picture);
}

INSTANTIATE_TEST_SUITE_P(FileDecoder, EveryPictureFormat,
                         ::testing::Values(PictureCase{"quadrants.png", 0}, PictureCase{"deep.png", 1},
                                           PictureCase{"palette.png", 0}, PictureCase{"quadrants.bmp", 0},
                                           PictureCase{"quadrants.tif", 0}, PictureCase{"big-endian.tif", 0},
                                           PictureCase{"animated.gif", 0}, PictureCase{"quadrants.webp", 0},
                                           PictureCase{"lossy.webp", 40}, PictureCase{"quadrants.jpg", 6},
                                           PictureCase{"progressive.jpg", 6}, PictureCase{"cmyk.jpg", 12}),
                         [](const auto& test) {
                           std::string name = test.param.file;
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
                           return name;
                         });

TEST(FileDecoder, ReadsGreyPicturesAsThreeEqualChannels) {
  const auto image = FileDecoder().decodePicture(data("formats/gray.png"));
  ASSERT_TRUE(image) << image.error().message;
  for (std::size_t i = 0; i < image->pixels.size(); i += 3) {
    ASSERT_EQ(image->pixels[i], image->pixels[i + 1]);
    ASSERT_EQ(image->pixels[i], image->pixels[i + 2]);
  }
  EXPECT_TRUE(hasColor(*image, 20, 13, kWhite, 0));
}

TEST(FileDecoder, LaysTransparentPicturesOnWhite) {
  for (const char* const file : {"formats/alpha.png", "formats/alpha.webp"}) {
    const auto image = FileDecoder().decodePicture(data(file));
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_TRUE(hasColor(*image, 3, 8, kWhite, 0)) << file;
    EXPECT_TRUE(hasColor(*image, 20, 8, {127, 127, 127}, 1)) << file;
  }
}

// An EXIF block with the orientation alone, as the APP1 segment of a JPEG.
std::string exifSegment(int orientation) {
  const std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0", 26);
  std::string block = std::string("Exif\0\0", 6) + tiff;
  block[block.find('?')] = static_cast<char>(orientation);
  return std::string("\xFF\xE1\0", 3) + static_cast<char>(block.size() + 2) + block;
}

TEST(FileDecoder, TurnsPicturesUprightAsExifSays) {
  const std::string plain = tests::slurp(data("formats/quadrants.jpg"));
  // Colours at the four corners for each orientation, clockwise from the top left, by the Exif standard's drawing.
  const std::vector<std::vector<Rgb>> corners = {{kRed, kGreen, kWhite, kBlue}, {kGreen, kRed, kBlue, kWhite},
                                                 {kWhite, kBlue, kRed, kGreen}, {kBlue, kWhite, kGreen, kRed},
                                                 {kRed, kBlue, kWhite, kGreen}, {kBlue, kRed, kGreen, kWhite},
                                                 {kWhite, kGreen, kRed, kBlue}, {kGreen, kWhite, kBlue, kRed}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string turned = plain.substr(0, 2) + exifSegment(orientation) + plain.substr(2);
    const auto image = FileDecoder().decodePicture(tests::asBytes(turned));
    ASSERT_TRUE(image) << image.error().message;
    const bool onItsSide = orientation >= 5;
    ASSERT_EQ(image->width, onItsSide ? kHeight : kWidth) << orientation;
    ASSERT_EQ(image->height, onItsSide ? kWidth : kHeight) << orientation;
    ASSERT_EQ(image->pixels.size(), std::size_t{kWidth * kHeight * 3});
    const int right = image->width - 3, bottom = image->height - 3;
    const auto& wanted = corners[static_cast<std::size_t>(orientation - 1)];
    EXPECT_TRUE(hasColor(*image, 2, 2, wanted[0], 6)) << orientation;
    EXPECT_TRUE(hasColor(*image, right, 2, wanted[1], 6)) << orientation;
    EXPECT_TRUE(hasColor(*image, right, bottom, wanted[2], 6)) << orientation;
    EXPECT_TRUE(hasColor(*image, 2, bottom, wanted[3], 6)) << orientation;
  }
}

TEST(FileDecoder, ReadsTheRealPhotos) {
  for (const char* const file : {"cat.jpg", "espresso.jpg", "koala.jpg", "panda.jpg", "polar-bear.jpg", "rocket.jpg"}) {
    const auto image = FileDecoder().decodePicture(data(file));
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_EQ(std::max(image->width, image->height), 320) << file;
    EXPECT_EQ(image->pixels.size(), static_cast<std::size_t>(image->width * image->height * 3)) << file;
  }
}

// Amplitude of `hertz` in the middle half of the clip, where no codec's edges are.
double amplitudeAt(const AudioClip& clip, double hertz) {
  const std::size_t first = clip.samples.size() / 4, last = clip.samples.size() * 3 / 4;
  double sine = 0, cosine = 0;
  for (std::size_t i = first; i < last; ++i) {
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / clip.sampleRateHz;
    sine += std::sin(phase) * static_cast<double>(clip.samples[i]);
    cosine += std::cos(phase) * static_cast<double>(clip.samples[i]);
  }
  return 2 * std::hypot(sine, cosine) / static_cast<double>(last - first);
}

struct SoundCase {
  const char* file;
  double secondsOff;  // codecs pad

  friend std::ostream& operator<<(std::ostream& out, const SoundCase& test) { return out << test.file; }
};

class EverySoundFormat : public ::testing::TestWithParam<SoundCase> {};

// The tone is 440 Hz at 0.5 on the left and silence on the right, so a quarter of full scale once averaged.
TEST_P(EverySoundFormat, BecomesTheSameToneAtSixteenKilohertz) {
  const FileDecoder decoder;
  const auto path = data("formats") / GetParam().file;
  const auto clip = decoder.decodeSound(path);
  ASSERT_TRUE(clip) << clip.error().message;
  EXPECT_EQ(clip->sampleRateHz, 16000);
  EXPECT_NEAR(clip->seconds(), 0.25, GetParam().secondsOff);
  EXPECT_NEAR(amplitudeAt(*clip, 440), 0.25, 0.02);
  EXPECT_LT(amplitudeAt(*clip, 1300), 0.01);
  const auto fromMemory = decoder.decodeSound(tests::asBytes(tests::slurp(path)));
  ASSERT_TRUE(fromMemory) << fromMemory.error().message;
  EXPECT_EQ(fromMemory->samples, clip->samples);
}

INSTANTIATE_TEST_SUITE_P(FileDecoder, EverySoundFormat,
                         ::testing::Values(SoundCase{"tone.wav", 0.001}, SoundCase{"float.wav", 0.001},
                                           SoundCase{"tone.aiff", 0.001}, SoundCase{"tone.flac", 0.001},
                                           SoundCase{"tone.mp3", 0.06}, SoundCase{"cover.mp3", 0.06},
                                           SoundCase{"tone.ogg", 0.03}, SoundCase{"tone.opus", 0.03},
                                           SoundCase{"tone.m4a", 0.06}, SoundCase{"tone.aac", 0.09},
                                           SoundCase{"clip.mp4", 0.06}, SoundCase{"clip.webm", 0.06}),
                         [](const auto& test) {
                           std::string name = test.param.file;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST(FileDecoder, TellsTheKindFromTheContentWhateverTheName) {
  const tests::TemporaryFolder folder;
  const FileDecoder decoder;
  const auto kindOf = [&](const char* file, const char* name) {
    return decoder.identify(folder.write(name, tests::slurp(data("formats") / file)));
  };
  EXPECT_EQ(kindOf("quadrants.png", "a.wav"), MediaKind::Picture);
  EXPECT_EQ(kindOf("tone.wav", "a.jpg"), MediaKind::Sound);
  EXPECT_EQ(kindOf("tone.mp3", "no-ending"), MediaKind::Sound);
  EXPECT_EQ(kindOf("tone.m4a", "a.mp4"), MediaKind::Sound);
  EXPECT_EQ(kindOf("cover.mp3", "a.png"), MediaKind::Sound);
  EXPECT_EQ(kindOf("clip.mp4", "a.mp3"), MediaKind::Video);
  EXPECT_EQ(kindOf("clip.webm", "a.gif"), MediaKind::Video);
  EXPECT_EQ(kindOf("mute.mp4", "b"), MediaKind::Video);
}

TEST(FileDecoder, ReadsTheRealRecordings) {
  std::istringstream list(tests::slurp(data("recordings.tsv")));
  int count = 0;
  for (std::string line; std::getline(list, line); ++count) {
    const auto clip = FileDecoder().decodeSound(data(line.substr(0, line.find('\t'))));
    ASSERT_TRUE(clip) << clip.error().message;
    EXPECT_GT(clip->seconds(), 1.5);
    EXPECT_LT(clip->seconds(), 4.0);
    const auto [low, high] = std::ranges::minmax(clip->samples);
    EXPECT_LT(low, -0.05F);
    EXPECT_GT(high, 0.05F);
  }
  EXPECT_EQ(count, 8);
}

TEST(FileDecoder, MayBeUsedFromSeveralThreadsAtOnce) {
  const FileDecoder decoder;
  const auto alone = decoder.decodePicture(data("cat.jpg"));
  ASSERT_TRUE(alone);
  std::vector<int> same(4, 0);
  std::vector<std::jthread> threads;
  for (int& mine : same) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        const auto image = decoder.decodePicture(data("cat.jpg"));
        const auto clip = decoder.decodeSound(data("tt-monkeysintro.flac"));
        if (image && image->pixels == alone->pixels && clip) ++mine;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(same, std::vector<int>(4, 5));
}

}  // namespace
}  // namespace xllm::media
