// Clips that were recorded, read again by the program's own decoder.
#include "media/encode/clip_writer.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "media/decode/file_decoder.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

struct Rgb {
  std::uint8_t r, g, b;
};
constexpr Rgb kColors[] = {{200, 30, 30}, {30, 200, 30}, {30, 30, 200}, {200, 200, 30}};

RgbImage plain(int width, int height, Rgb color) {
  RgbImage image{.width = width, .height = height, .pixels = {}};
  for (int i = 0; i < width * height; ++i) image.pixels.insert(image.pixels.end(), {color.r, color.g, color.b});
  return image;
}

::testing::AssertionResult isColor(const RgbImage& image, Rgb wanted) {
  const std::uint8_t* at =
      &image.pixels[static_cast<std::size_t>(image.height / 2 * image.width + image.width / 2) * 3];
  const int off = std::max({std::abs(at[0] - wanted.r), std::abs(at[1] - wanted.g), std::abs(at[2] - wanted.b)});
  if (off <= 8) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << int{at[0]} << " " << int{at[1]} << " " << int{at[2]} << " is not "
                                       << int{wanted.r} << " " << int{wanted.g} << " " << int{wanted.b};
}

std::vector<float> tone(double seconds, double hertz = 440) {
  std::vector<float> samples;
  for (int i = 0; i < static_cast<int>(seconds * 16000); ++i) {
    samples.push_back(0.5F * static_cast<float>(std::sin(2 * std::numbers::pi * hertz * i / 16000)));
  }
  return samples;
}

double loudness(const AudioClip& clip, double from, double to) {
  double sum = 0;
  const auto first = static_cast<std::size_t>(from * 16000), last = static_cast<std::size_t>(to * 16000);
  for (std::size_t i = first; i < last; ++i) sum += static_cast<double>(clip.samples.at(i)) * clip.samples.at(i);
  return std::sqrt(sum / static_cast<double>(last - first));
}

TEST(ClipWriter, FramesAtUnevenTimesAndSoundComeBack) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "clip.mp4";
  // Red for a second, then green and blue for half a second each, yellow for two.
  const double times[] = {0, 1, 1.5, 2};
  auto writer = ClipWriter::open(file, {.width = 320, .height = 240, .soundRateHz = 16000});
  ASSERT_TRUE(writer) << writer.error().message;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(writer->addFrame(plain(320, 240, kColors[i]), times[i]));
  ASSERT_TRUE(writer->addSound(std::vector<float>(32000)));  // silent for two seconds, then a tone
  const auto sound = tone(2);
  for (std::size_t at = 0; at < sound.size(); at += 333) {
    ASSERT_TRUE(writer->addSound(std::span(sound).subspan(at, std::min<std::size_t>(333, sound.size() - at))));
  }
  EXPECT_FALSE(std::filesystem::exists(file));
  ASSERT_TRUE(writer->finish(4));
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "clip.mp4.part"));

  const FileDecoder decoder;
  EXPECT_EQ(decoder.identify(file), MediaKind::Video);
  const auto facts = decoder.describeClip(file);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->width, 320);
  EXPECT_EQ(facts->height, 240);
  EXPECT_TRUE(facts->hasSound);
  EXPECT_NEAR(facts->seconds, 4, 0.002);
  const auto clip = decoder.decodeClip(file, {.frames = 8});  // in the middles of half seconds
  ASSERT_TRUE(clip) << clip.error().message;
  const int shown[] = {0, 0, 1, 2, 3, 3, 3, 3};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_TRUE(isColor(clip->frames[i].image, kColors[shown[i]])) << i;
  const auto heard = decoder.decodeSound(file);
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_NEAR(heard->seconds(), 4, 0.1);
  EXPECT_LT(loudness(*heard, 0.2, 1.9), 0.01);
  EXPECT_NEAR(loudness(*heard, 2.1, 3.8), 0.5 / std::numbers::sqrt2, 0.02);
}

TEST(ClipWriter, ColoursStayInLargeFramesToo) {
  const tests::TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair(1280, 720), std::pair(641, 361)}) {
    auto writer = ClipWriter::open(folder.path() / "a.mp4", {.width = width, .height = height});
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->addFrame(plain(width, height, kColors[0]), 0));
    ASSERT_TRUE(writer->finish(1));
    const auto clip = FileDecoder().decodeClip(folder.path() / "a.mp4", {.frames = 1});
    ASSERT_TRUE(clip) << clip.error().message;
    EXPECT_TRUE(isColor(clip->frames[0].image, kColors[0]));
    EXPECT_EQ(clip->frames[0].image.width, width / 2 * 2);
    EXPECT_FALSE(FileDecoder().describeClip(folder.path() / "a.mp4")->hasSound);
  }
}

TEST(ClipWriter, IsLimitedInLengthAndKeepsTheOrder) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "a.mp4";
  auto writer = ClipWriter::open(file, {.width = 64, .height = 64, .soundRateHz = 16000, .mostSeconds = 2});
  ASSERT_TRUE(writer);
  for (const double at : {0.0, 0.5, 0.5, 0.2, 1.0, 2.5, 60.0}) {
    ASSERT_TRUE(writer->addFrame(plain(64, 64, kColors[at > 2 ? 1 : 0]), at));
  }
  ASSERT_TRUE(writer->addSound(tone(30)));
  ASSERT_TRUE(writer->finish(99));
  const FileDecoder decoder;
  EXPECT_NEAR(decoder.describeClip(file)->seconds, 2, 0.002);
  EXPECT_NEAR(decoder.decodeSound(file)->seconds(), 2, 0.1);
  EXPECT_TRUE(isColor(decoder.decodeClip(file, {.frames = 4})->frames.back().image, kColors[0]));
}

TEST(ClipWriter, FramesOfOtherSizesAreScaled) {
  const tests::TemporaryFolder folder;
  auto writer = ClipWriter::open(folder.path() / "a.mp4", {.width = 160, .height = 120});
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->addFrame(plain(640, 480, kColors[0]), 0));
  ASSERT_TRUE(writer->addFrame(plain(31, 17, kColors[2]), 1));
  ASSERT_TRUE(writer->finish(2));
  const auto clip = FileDecoder().decodeClip(folder.path() / "a.mp4", {.frames = 2});
  ASSERT_TRUE(clip) << clip.error().message;
  EXPECT_TRUE(isColor(clip->frames[0].image, kColors[0]));
  EXPECT_TRUE(isColor(clip->frames[1].image, kColors[2]));
}

TEST(ClipWriter, LeavesNothingWhereItIsNotFinished) {
  const tests::TemporaryFolder folder;
  {
    auto writer = ClipWriter::open(folder.write("a.mp4", "what was there"), {.width = 64, .height = 64});
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->addFrame(plain(64, 64, kColors[0]), 0));
  }
  EXPECT_EQ(tests::slurp(folder.path() / "a.mp4"), "what was there");
  {
    auto writer = ClipWriter::open(folder.path() / "b.mp4", {.width = 64, .height = 64});
    ASSERT_TRUE(writer);
    EXPECT_EQ(writer->finish(1).error().code, ErrorCode::BadInput);  // no picture
  }
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder.path())) ++files;
  EXPECT_EQ(files, 1U);
}

TEST(ClipWriter, SaysWhatIsWrong) {
  const tests::TemporaryFolder folder;
  const auto refusal = [](const std::filesystem::path& file, const ClipSettings& settings) {
    const auto writer = ClipWriter::open(file, settings);
    return writer ? std::string("none") : std::string(toString(writer.error().code));
  };
  EXPECT_EQ(refusal("/nowhere/a.mp4", {.width = 64, .height = 64}), toString(ErrorCode::DiskFull));
  const auto file = folder.path() / "a.mp4";
  EXPECT_EQ(refusal(file, {}), toString(ErrorCode::BadInput));
  EXPECT_EQ(refusal(file, {.width = 5000, .height = 64}), toString(ErrorCode::BadInput));
  EXPECT_EQ(refusal(file, {.width = 64, .height = 64, .soundRateHz = 100}), toString(ErrorCode::BadInput));
  EXPECT_EQ(refusal(file, {.width = 64, .height = 64, .mostSeconds = -1}), toString(ErrorCode::BadInput));
  auto writer = ClipWriter::open(file, {.width = 64, .height = 64});
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->addFrame({.width = 64, .height = 64, .pixels = {}}, 0).error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm::media
