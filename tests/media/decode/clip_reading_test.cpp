// What a window needs of clips beside their frames: facts, a look at all of it, parts of the sound, an end to reading;
// and clips too large to be read as a whole.
#include <chrono>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "media/decode/file_decoder.h"
#include "tests/media/clips/long_clip.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

using tests::data;

std::filesystem::path format(const char* name) { return data("formats") / name; }

int greyOf(const RgbImage& image) {
  const auto middle = (static_cast<std::size_t>(image.height / 2) * static_cast<std::size_t>(image.width) +
                       static_cast<std::size_t>(image.width / 2)) *
                      3;
  return image.pixels[middle + 1];
}

std::vector<RgbImage> glances(const FileDecoder& decoder, const std::filesystem::path& file, int count) {
  std::vector<RgbImage> pictures;
  const auto looked = decoder.glanceAtClip(file, count,
                                           [&](int index, RgbImage picture) {
                                             EXPECT_EQ(index, static_cast<int>(pictures.size()));
                                             pictures.push_back(std::move(picture));
                                             return true;
                                           },
                                           {});
  EXPECT_TRUE(looked) << (looked ? "" : looked.error().message);
  return pictures;
}

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count(); }

 private:
  std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

TEST(ClipReading, TellsLengthSizeAndSoundWithoutDecoding) {
  const FileDecoder decoder;
  const auto grey = decoder.describeClip(format("grey.mp4"));
  ASSERT_TRUE(grey) << grey.error().message;
  EXPECT_NEAR(grey->seconds, 2.0, 1e-6);
  EXPECT_EQ(grey->width, 64);
  EXPECT_EQ(grey->height, 48);
  EXPECT_FALSE(grey->hasSound);
  const auto turned = decoder.describeClip(format("turned.mp4"));  // stored 48 × 64
  EXPECT_EQ(turned->width, 64);
  EXPECT_EQ(turned->height, 48);
  EXPECT_EQ(decoder.describeClip(format("wide-pixels.mp4"))->width, 64);  // stored 32 wide
  EXPECT_TRUE(decoder.describeClip(format("clip.mp4"))->hasSound);
  EXPECT_TRUE(decoder.describeClip(format("clip.webm"))->hasSound);
  for (const char* const name : {"tone.wav", "cover.mp3", "quadrants.png"}) {
    EXPECT_EQ(toString(decoder.describeClip(format(name)).error().code), toString(ErrorCode::BadInput)) << name;
  }
}

// A file that is too large to be read through is believed, and jumped through; the frames are the same.
TEST(ClipReading, LargeFilesGiveTheSameFrames) {
  const FileDecoder whole, large(DecodeLimits{.surveyBytes = 0});
  const ClipSampling samplings[] = {
      {}, {.frames = 20}, {.frames = 1}, {.frames = 3, .startSeconds = 1.0, .endSeconds = 1.6}};
  for (const char* const name : {"grey.mp4", "grey.webm", "uneven.mp4", "turned.mp4", "one-frame.mp4"}) {
    for (const ClipSampling& sampling : samplings) {
      if (sampling.startSeconds > 0 && std::string(name).find("grey") != 0) continue;
      const auto wanted = whole.decodeClip(format(name), sampling), got = large.decodeClip(format(name), sampling);
      ASSERT_TRUE(wanted && got) << name << (got ? "" : got.error().message);
      EXPECT_NEAR(wanted->seconds, got->seconds, 0.011) << name;
      ASSERT_EQ(wanted->frames.size(), got->frames.size()) << name;
      for (std::size_t i = 0; i < wanted->frames.size(); ++i) {
        EXPECT_EQ(wanted->frames[i].image.pixels, got->frames[i].image.pixels) << name << " frame " << i;
      }
    }
  }
}

TEST(ClipReading, AGlanceShowsTheClipFromStartToEnd) {
  for (const FileDecoder& decoder : {FileDecoder(), FileDecoder(DecodeLimits{.surveyBytes = 0})}) {
    const auto pictures = glances(decoder, format("grey.mp4"), 4);  // parts of 5 frames, each of them with a key frame
    ASSERT_EQ(pictures.size(), 4U);
    for (int i = 0; i < 4; ++i) {
      const double frame = (greyOf(pictures[static_cast<std::size_t>(i)]) - 30) / 10.0;
      EXPECT_NEAR(frame, 5 * i + 2.5, 2.6) << i;
    }
    EXPECT_EQ(glances(decoder, format("one-frame.mp4"), 3).size(), 3U);
    EXPECT_EQ(glances(decoder, format("grey.webm"), 8).size(), 8U);
  }
  const FileDecoder small(DecodeLimits{.glanceFramePixels = 64 * 48 / 4});
  EXPECT_EQ(glances(small, format("grey.mp4"), 1).at(0).width, 32);
}

TEST(ClipReading, AGlanceEndsWhenNoMoreIsWanted) {
  int given = 0;
  const auto looked = FileDecoder().glanceAtClip(format("grey.mp4"), 8, [&](int, RgbImage) { return ++given < 3; }, {});
  EXPECT_TRUE(looked);
  EXPECT_EQ(given, 3);
}

TEST(ClipReading, GivesAPartOfTheSound) {
  const FileDecoder decoder;
  const auto whole = decoder.decodeSound(format("tone.wav"));
  ASSERT_TRUE(whole);
  const auto part = decoder.decodeSound(format("tone.wav"), {.startSeconds = 0.1, .endSeconds = 0.15}, {});
  ASSERT_TRUE(part) << part.error().message;
  ASSERT_EQ(part->samples.size(), 800U);
  double worst = 0;
  for (std::size_t i = 20; i < 780; ++i) {
    worst = std::max(worst,
                     std::abs(static_cast<double>(part->samples[i]) - static_cast<double>(whole->samples[1600 + i])));
  }
  EXPECT_LT(worst, 0.01);
  const auto all = decoder.decodeSound(format("clip.mp4"), SoundSpan{}, {});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_NEAR(all->seconds(), decoder.decodeSound(format("clip.mp4"))->seconds(), 0.06);
  EXPECT_EQ(toString(decoder.decodeSound(format("tone.wav"), {.startSeconds = 5, .endSeconds = 6}, {}).error().code),
            toString(ErrorCode::BadInput));
  EXPECT_EQ(toString(decoder.decodeSound(format("grey.mp4"), SoundSpan{}, {}).error().code),
            toString(ErrorCode::BadInput));
  const FileDecoder strict(DecodeLimits{.seconds = 0.1, .soundBytes = 10});
  EXPECT_TRUE(strict.decodeSound(format("tone.wav"), {.startSeconds = 0.1, .endSeconds = 0.15}, {}));
  EXPECT_NE(strict.decodeSound(format("tone.wav"), SoundSpan{}, {}).error().message.find("longer than"),
            std::string::npos);
}

TEST(ClipReading, EndsWhenItIsStopped) {
  std::stop_source stop;
  stop.request_stop();
  const FileDecoder decoder;
  EXPECT_EQ(toString(decoder.decodeClip(format("grey.mp4"), {}, stop.get_token()).error().code),
            toString(ErrorCode::Cancelled));
  EXPECT_EQ(toString(decoder.decodeSound(format("clip.mp4"), SoundSpan{}, stop.get_token()).error().code),
            toString(ErrorCode::Cancelled));
  EXPECT_EQ(toString(decoder
                         .glanceAtClip(
                             format("grey.mp4"), 2, [](int, RgbImage) { return true; }, stop.get_token())
                         .error()
                         .code),
            toString(ErrorCode::Cancelled));
  EXPECT_EQ(toString(decoder.describeClip(format("grey.mp4"), stop.get_token()).error().code),
            toString(ErrorCode::Cancelled));
  EXPECT_TRUE(decoder.decodeClip(format("grey.mp4"), {}, std::stop_token()));
}

TEST(ClipReading, FourHoursIn4KAreLookedAtInPlaces) {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "long.mp4";
  tests::makeLongClip(file);
  const FileDecoder decoder;
  ASSERT_GT(std::filesystem::file_size(file), static_cast<std::uintmax_t>(DecodeLimits{}.surveyBytes));
  const Stopwatch describing;
  const auto facts = decoder.describeClip(file);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_NEAR(facts->seconds, 4 * 3600, 1);
  EXPECT_EQ(facts->width, 3840);
  const double described = describing.seconds();
  const Stopwatch glancing;
  const auto pictures = glances(decoder, file, 16);
  const double glanced = glancing.seconds();
  ASSERT_EQ(pictures.size(), 16U);
  for (std::size_t i = 0; i < 16; ++i)
    EXPECT_NEAR(greyOf(pictures[i]), (40 + 20 * static_cast<int>(i / 2) - 16) * 255 / 219, 4) << i;
  const Stopwatch choosing;
  const auto clip = decoder.decodeClip(file, {.frames = 8});
  ASSERT_TRUE(clip) << clip.error().message;
  ASSERT_EQ(clip->frames.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(greyOf(clip->frames[i].image), (40 + 20 * static_cast<int>(i) - 16) * 255 / 219, 4) << i;
  }
  std::printf("4 hours of 3840 x 2160, %.0f MB: described in %.2f s, 16 glances in %.2f s, 8 frames in %.2f s\n",
              static_cast<double>(std::filesystem::file_size(file)) / 1e6, described, glanced, choosing.seconds());
  EXPECT_LT(described, 1.0);
}

}  // namespace
}  // namespace xllm::media
