#include "core/training/speech_features.h"

#include <cstring>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/data/plain_media.h"
#include "core/encoders/precision.h"
#include "tests/core/data/scratch.h"
#include "tests/support/golden.h"

namespace xllm::training {
namespace {

using tests::Golden;
using tests::isClose;

class Silent final : public TrainObserver {
 public:
  void onPreparing(const std::string&, std::int64_t, std::int64_t) override {}
  void onProgress(const Progress&) override {}
};

// 16-bit samples at 16 kHz, one channel.
std::string wav(const at::Tensor& samples) {
  const std::string data(static_cast<const char*>(samples.const_data_ptr()), samples.nbytes());
  const auto number = [](std::uint32_t value, std::size_t bytes) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  };
  const auto size = static_cast<std::uint32_t>(data.size());
  return "RIFF" + number(36 + size, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) + number(16000, 4) +
         number(32000, 4) + number(2, 2) + number(16, 2) + "data" + number(size, 4) + data;
}

class SpeechFeaturesTest : public testing::Test {
 protected:
  Result<SpeechFeatures> featuresOf(const encoders::SpeechEncoderKind& kind, std::int64_t width = 64) const {
    auto source = SpeechFeatureSource::make(kind, tests::goldenPath(kConformerWeights),
                                            folder.path() / "features", width);
    if (!source) return tl::unexpected(source.error());
    Silent observer;
    const auto keys = (*source)->encode({folder.path() / "sound.wav"}, data::PlainMedia(), {}, observer);
    if (!keys) return tl::unexpected(keys.error());
    if (auto done = (*source)->finish(); !done) return tl::unexpected(done.error());
    return (*source)->load(*keys);
  }

  static constexpr const char* kConformer = "wenet_conformer_causal_layernorm";
  static constexpr const char* kConformerWeights = "wenet_conformer_causal_layernorm.safetensors";
  tests::Scratch folder;
  const std::filesystem::path sound = folder.write(
      "sound.wav", wav(Golden("kaldi_fbank").input("waveform_int16").narrow(0, 0, 400 + 130 * 160).contiguous()));
};

TEST_F(SpeechFeaturesTest, AreThoseOfTheEncoderThatTheConfigNames) {
  const auto features = featuresOf({.type = "wenet-conformer"});
  ASSERT_TRUE(features) << features.error().message;
  EXPECT_EQ(features->valid.sum().item<std::int64_t>(), 32);
  const at::Tensor expected = Golden(kConformer).expected("encoder_output")[0];
  // Kept in bfloat16; computed in it, too, where the processor has instructions for that.
  const bool computed = encoders::fastestPrecision() == encoders::Precision::BFloat16;
  EXPECT_TRUE(isClose(features->frames[0].narrow(0, 0, 32), expected, computed ? 3e-2 : 3e-3));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "features" / "speech-wenet-conformer.features"));
}

TEST_F(SpeechFeaturesTest, RefuseAnEncoderThatDoesNotFit) {
  const auto narrow = featuresOf({.type = "wenet-conformer"}, 32);
  ASSERT_FALSE(narrow);
  EXPECT_NE(narrow.error().message.find("featureWidth is 32"), std::string::npos) << narrow.error().message;
  EXPECT_EQ(featuresOf({.type = "../speech"}).error().code, ErrorCode::Unsupported);
  EXPECT_EQ(featuresOf({.type = "whisper"}).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace xllm::training
