#include "media/encode/sound_encoder.h"

#include <cmath>
#include <numbers>
#include <random>
#include <string_view>

#include <gtest/gtest.h>

#include "media/decode/file_decoder.h"

namespace xllm::media {
namespace {

AudioClip noisyTone(double seconds, int rateHz = 16000) {
  AudioClip clip{.sampleRateHz = rateHz, .samples = {}};
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0, 0.05F);
  for (int i = 0; i < static_cast<int>(seconds * rateHz); ++i) {
    const double phase = 2 * std::numbers::pi * 440 * i / rateHz;
    clip.samples.push_back(0.5F * static_cast<float>(std::sin(phase)) + noise(random));
  }
  return clip;
}

TEST(SoundEncoder, GivesTheSameSamplesBack) {
  for (const double seconds : {0.01, 1.0, 3.21}) {
    const AudioClip clip = noisyTone(seconds);
    const auto bytes = encodeSound(clip);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes->data()), 4), "fLaC");
    const auto back = FileDecoder().decodeSound(*bytes);
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_EQ(back->samples.size(), clip.samples.size());
    for (std::size_t i = 0; i < clip.samples.size(); ++i) ASSERT_NEAR(back->samples[i], clip.samples[i], 1.0 / 20000);
  }
}

TEST(SoundEncoder, TakesLessRoomThanSixteenBitsASample) {
  const AudioClip clip = noisyTone(5);
  EXPECT_LT(encodeSound(clip)->size(), clip.samples.size() * 2);
}

TEST(SoundEncoder, KeepsOtherRates) {
  const auto bytes = encodeSound(noisyTone(1, 48000));
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_NEAR(FileDecoder().decodeSound(*bytes)->seconds(), 1, 0.001);
}

TEST(SoundEncoder, ClipsWhatIsTooLoudAndSilencesWhatIsNoNumber) {
  AudioClip clip{.samples = std::vector<float>(2000, 3.0F)};
  std::fill(clip.samples.begin() + 1000, clip.samples.end(), std::nanf(""));
  const auto back = FileDecoder().decodeSound(encodeSound(clip).value());
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_NEAR(back->samples[500], 1, 1e-4);
  EXPECT_EQ(back->samples[1500], 0);
}

TEST(SoundEncoder, RefusesWhatIsNoRecording) {
  EXPECT_EQ(encodeSound({}).error().code, ErrorCode::BadInput);
  EXPECT_EQ(encodeSound({.sampleRateHz = 0, .samples = {0.0F}}).error().code, ErrorCode::BadInput);
  EXPECT_EQ(encodeSound({.sampleRateHz = 1'000'000, .samples = {0.0F}}).error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm::media
