// Clips: which frames are chosen, how they are turned, and what becomes of damaged ones.
#include "media/decode/video_decoder.h"

#include <cmath>

#include <gtest/gtest.h>

#include "media/decode/file_decoder.h"
#include "media/decode/upright.h"
#include "tests/media/decode/support.h"

namespace xllm::media {
namespace {

using tests::data;

struct Rgb {
  int red = 0, green = 0, blue = 0;
};

Rgb pixel(const RgbImage& image, int x, int y) {
  const auto at =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x)) * 3;
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

// Frame n of the grey clips is 30 + 10 n all over.
std::vector<int> frameNumbers(const VideoClip& clip) {
  std::vector<int> numbers;
  for (const auto& frame : clip.frames) {
    numbers.push_back(static_cast<int>(std::lround((pixel(frame.image, 32, 24).green - 30) / 10.0)));
  }
  return numbers;
}

VideoClip clipOf(const char* name, const ClipSampling& sampling = {}) {
  const auto clip = FileDecoder().decodeClip(data("formats") / name, sampling);
  if (!clip) throw std::runtime_error(clip.error().message);
  return *clip;
}

template <typename T>
void expectRefusal(const Result<T>& result, ErrorCode code, const std::string& words) {
  ASSERT_FALSE(result) << "was accepted; expected: " << words;
  EXPECT_EQ(toString(result.error().code), toString(code)) << result.error().message;
  EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
}

TEST(VideoDecoder, ChoosesTheFramesInTheMiddlesOfEqualParts) {
  const VideoClip clip = clipOf("grey.mp4");
  EXPECT_EQ(frameNumbers(clip), (std::vector<int>{1, 3, 6, 8, 11, 13, 16, 18}));
  EXPECT_NEAR(clip.seconds, 2.0, 0.01);
  EXPECT_EQ(clip.missingSeconds, 0.0);
  EXPECT_NEAR(clip.frames[0].seconds, 0.125, 1e-6);
  EXPECT_NEAR(clip.frames[7].seconds, 1.875, 1e-6);
  EXPECT_EQ(clip.frames[0].image.width, 64);
  EXPECT_EQ(clip.frames[0].image.height, 48);
  EXPECT_EQ(frameNumbers(clipOf("grey.mp4", {.frames = 1})), (std::vector<int>{10}));
}

TEST(VideoDecoder, ReadsOtherContainersTheSame) {
  const VideoClip clip = clipOf("grey.webm");
  EXPECT_EQ(frameNumbers(clip), (std::vector<int>{1, 3, 6, 8, 11, 13, 16, 18}));
  EXPECT_NEAR(clip.seconds, 2.0, 0.02);
}

TEST(VideoDecoder, StaysWithinTheSpan) {
  EXPECT_EQ(frameNumbers(clipOf("grey.mp4", {.frames = 3, .startSeconds = 1.0, .endSeconds = 1.6})),
            (std::vector<int>{11, 13, 15}));
  EXPECT_EQ(frameNumbers(clipOf("grey.mp4", {.frames = 2, .startSeconds = 1.0})), (std::vector<int>{12, 17}));
  const FileDecoder decoder;
  expectRefusal(decoder.decodeClip(data("formats/grey.mp4"), {.startSeconds = 3.0}), ErrorCode::BadInput, "2.0 s long");
  expectRefusal(decoder.decodeClip(data("formats/grey.mp4"), {.startSeconds = 1.0, .endSeconds = 0.5}),
                ErrorCode::BadInput, "nothing between");
  expectRefusal(decoder.decodeClip(data("formats/grey.mp4"), {.frames = 0}), ErrorCode::BadInput, "1 to 64 frames");
  expectRefusal(decoder.decodeClip(data("formats/grey.mp4"), {.frames = 65}), ErrorCode::BadInput, "1 to 64 frames");
}

TEST(VideoDecoder, GivesWhatIsSeenWhenFramesComeAtUnevenTimes) {
  // Frame 0 stands for a second; the others are 50 ms apart.
  const auto numbers = frameNumbers(clipOf("uneven.mp4"));
  EXPECT_EQ(numbers, (std::vector<int>{0, 0, 0, 0, 3, 8, 13, 18}));
}

TEST(VideoDecoder, GivesTheOnlyFrameOfAStillEachTime) {
  EXPECT_EQ(frameNumbers(clipOf("one-frame.mp4", {.frames = 3})), (std::vector<int>{0, 0, 0}));
}

TEST(VideoDecoder, TurnsClipsUpright) {
  const VideoClip clip = clipOf("turned.mp4", {.frames = 1});
  const RgbImage& image = clip.frames[0].image;
  ASSERT_EQ(image.width, 64);
  ASSERT_EQ(image.height, 48);
  EXPECT_GT(pixel(image, 8, 24).red, 200);
  EXPECT_GT(pixel(image, 56, 24).blue, 200);
  EXPECT_LT(pixel(image, 56, 24).red, 60);
}

TEST(VideoDecoder, KnowsEveryDisplayMatrix) {
  constexpr std::int32_t kOne = 1 << 16;
  const std::int32_t matrices[8][9] = {{kOne, 0, 0, 0, kOne, 0, 0, 0, 1},   {-kOne, 0, 0, 0, kOne, 0, 0, 0, 1},
                                       {-kOne, 0, 0, 0, -kOne, 0, 0, 0, 1}, {kOne, 0, 0, 0, -kOne, 0, 0, 0, 1},
                                       {0, kOne, 0, kOne, 0, 0, 0, 0, 1},   {0, kOne, 0, -kOne, 0, 0, 0, 0, 1},
                                       {0, -kOne, 0, -kOne, 0, 0, 0, 0, 1}, {0, -kOne, 0, kOne, 0, 0, 0, 0, 1}};
  cv::Mat stored(2, 3, CV_8UC1);
  for (int i = 0; i < 6; ++i) stored.data[i] = static_cast<std::uint8_t>(i);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto* m = matrices[orientation - 1];
    ASSERT_EQ(orientationOf(m), orientation);
    const cv::Mat turned = upright(stored.clone(), orientation);
    // Where the matrix says each stored point goes, seen from the corner that is then at the top left.
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 3; ++x) {
        int column = (m[0] * x + m[3] * y) / kOne, row = (m[1] * x + m[4] * y) / kOne;
        if (m[0] + m[3] < 0) column += turned.cols - 1;
        if (m[1] + m[4] < 0) row += turned.rows - 1;
        EXPECT_EQ(turned.at<std::uint8_t>(row, column), stored.at<std::uint8_t>(y, x)) << orientation;
      }
    }
  }
  EXPECT_EQ(orientationOf(nullptr), 1);
}

TEST(VideoDecoder, MakesPixelsSquareAndLargeFramesSmaller) {
  const VideoClip wide = clipOf("wide-pixels.mp4", {.frames = 1});
  EXPECT_EQ(wide.frames[0].image.width, 64);
  EXPECT_EQ(wide.frames[0].image.height, 48);
  const auto small = FileDecoder({.framePixels = 64 * 48 / 4}).decodeClip(data("formats/grey.mp4"));
  ASSERT_TRUE(small) << small.error().message;
  EXPECT_EQ(small->frames[0].image.width, 32);
  EXPECT_EQ(small->frames[0].image.height, 24);
  EXPECT_EQ(small->frames[0].image.pixels.size(), 32U * 24U * 3U);
}

TEST(VideoDecoder, UsesWhatComesBeforeABrokenEndAndSaysWhatIsMissing) {
  const tests::TemporaryFolder folder;
  const std::string whole = tests::slurp(data("formats/grey.mp4"));
  // The index stands in front, so that it promises 2 s of which the last bytes are gone.
  const auto cut = FileDecoder().decodeClip(folder.write("cut.mp4", whole.substr(0, whole.size() - 200)));
  ASSERT_TRUE(cut) << cut.error().message;
  ASSERT_EQ(cut->frames.size(), 8U);
  EXPECT_GT(cut->missingSeconds, 0.3);
  EXPECT_NEAR(cut->seconds + cut->missingSeconds, 2.0, 0.01);
  const auto numbers = frameNumbers(*cut);
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_GT(numbers.back(), numbers.front() + 3);

  // Every byte there, but the end is rubbish.
  std::string rubbish = whole;
  for (std::size_t at = whole.size() - 250; at < whole.size(); ++at) rubbish[at] = static_cast<char>(at * 37);
  const auto broken = FileDecoder().decodeClip(folder.write("rubbish.mp4", rubbish));
  ASSERT_TRUE(broken) << broken.error().message;
  EXPECT_GT(broken->missingSeconds, 0.3);
  EXPECT_EQ(frameNumbers(*broken).front() < frameNumbers(*broken).back(), true);
}

TEST(VideoDecoder, RefusesWhatIsNoClip) {
  const FileDecoder decoder;
  expectRefusal(decoder.decodeClip("/nowhere/a.mp4"), ErrorCode::NotFound, "/nowhere/a.mp4");
  expectRefusal(decoder.decodeClip(data("formats/tone.wav")), ErrorCode::BadInput, "no moving picture");
  expectRefusal(decoder.decodeClip(data("formats/cover.mp3")), ErrorCode::BadInput, "no moving picture");
  expectRefusal(decoder.decodeClip(data("formats/quadrants.png")), ErrorCode::BadInput, "is a picture");
  const tests::TemporaryFolder folder;
  expectRefusal(decoder.decodeClip(folder.write("text.mp4", std::string(4000, 'x'))), ErrorCode::BadInput,
                "not a picture, sound or video file");
  const std::string whole = tests::slurp(data("formats/grey.mp4"));
  EXPECT_FALSE(decoder.decodeClip(folder.write("head.mp4", whole.substr(0, whole.size() / 3))));
}

TEST(VideoDecoder, IsHeldToItsLimits) {
  expectRefusal(FileDecoder({.clipPixels = 64 * 48 * 3}).decodeClip(data("formats/uneven.mp4")), ErrorCode::BadInput,
                "takes too long");
  expectRefusal(FileDecoder({.clipBytes = 1000}).decodeClip(data("formats/grey.mp4")), ErrorCode::BadInput,
                "too large");
  EXPECT_FALSE(FileDecoder({.pixels = 1000}).decodeClip(data("formats/grey.mp4")));
}

// Many bytes of small clips changed in turn: any answer will do, as long as there is one (sanitizers watch).
TEST(VideoDecoder, DamagedBytesNeverCrash) {
  const tests::TemporaryFolder folder;
  for (const char* const name : {"grey.mp4", "grey.webm", "turned.mp4", "clip.mp4"}) {
    const std::string whole = tests::slurp(data("formats") / name);
    for (std::size_t at = 0; at < whole.size(); at += 23) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
      const std::int64_t surveyBytes = at % 2 == 0 ? 0 : 1 << 20;  // both ways of finding frames
      const FileDecoder decoder({.pixels = 1'000'000, .surveyBytes = surveyBytes, .clipPixels = 10'000'000});
      const auto file = folder.write("damaged", damaged);
      (void)decoder.describeClip(file);
      (void)decoder.glanceAtClip(file, 4, [](int, RgbImage) { return true; }, {});
      (void)decoder.decodeSound(file, {.startSeconds = 0.1, .endSeconds = 0.2}, {});
      const auto clip = decoder.decodeClip(file, {.frames = 4});
      if (clip) {
        EXPECT_FALSE(clip->frames.empty());
        for (const auto& frame : clip->frames) {
          EXPECT_EQ(frame.image.pixels.size(),
                    static_cast<std::size_t>(frame.image.width) * static_cast<std::size_t>(frame.image.height) * 3);
        }
      } else {
        EXPECT_NE(clip.error().code, ErrorCode::Internal) << clip.error().message;
      }
    }
  }
}

}  // namespace
}  // namespace xllm::media
