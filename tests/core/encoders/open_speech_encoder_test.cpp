#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/encoders/conformer_loader.h"
#include "core/encoders/speech_encoder.h"
#include "tests/core/encoders/stored_tensors.h"
#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;

class OpenSpeechEncoder : public ::testing::Test {
 protected:
  at::Tensor hear(const SpeechEncoderKind& kind, const std::filesystem::path& weights,
                  Precision precision = Precision::Float32) const {
    const auto encoder = openSpeechEncoder(kind, weights, precision);
    if (!encoder) throw std::runtime_error(encoder.error().message);
    return (*encoder)->encode(tests::toSound(samples)).value();
  }
  void expectRefused(const SpeechEncoderKind& kind, ErrorCode code, const std::string& mention) const {
    const auto encoder = openSpeechEncoder(kind, conformer);
    ASSERT_FALSE(encoder) << mention;
    EXPECT_EQ(encoder.error().code, code) << encoder.error().message;
    EXPECT_NE(encoder.error().message.find(mention), std::string::npos) << encoder.error().message;
  }

  tests::TemporaryFolder folder;
  const Golden golden{"wenet_conformer_causal_layernorm"};
  const std::filesystem::path conformer = tests::goldenPath("wenet_conformer_causal_layernorm.safetensors");
  const std::filesystem::path whisper = tests::goldenPath("whisper_encoder.safetensors");
  const at::Tensor samples =
      Golden("kaldi_fbank").input("waveform_int16").narrow(0, 0, 400 + 130 * 160).to(at::kFloat) / 32768.0;
};

TEST_F(OpenSpeechEncoder, OpensEachTypeByItsName) {
  EXPECT_TRUE(isClose(hear({.type = "wenet-conformer"}, conformer), golden.expected("encoder_output")[0], 1e-4));
  EXPECT_FALSE(isClose(hear({.type = "wenet-conformer"}, conformer, Precision::BFloat16),
                       golden.expected("encoder_output")[0], 1e-4));
  EXPECT_EQ(hear({}, whisper).size(1), 64) << "whisper, if nothing is said";
  std::string mvn = "<AddShift> 80 80 <LearnRateCoef> 0 [";
  for (int i = 0; i < 80; ++i) mvn += " -10";
  mvn += " ] <Rescale> 80 80 <LearnRateCoef> 0 [";
  for (int i = 0; i < 80; ++i) mvn += " 0.3";
  const auto statistics = tests::writeFile(folder / "am.mvn", mvn + " ]");
  const auto funAsr = [&](const std::string& positions) {
    return hear({.type = "funasr-conformer", .statistics = statistics, .positions = positions}, conformer);
  };
  EXPECT_TRUE(isSame(funAsr(""), funAsr("legacy")));
  EXPECT_FALSE(isClose(funAsr("latest"), funAsr("legacy"), 1e-3));
}

TEST_F(OpenSpeechEncoder, SaysWhatAKindLacksOrCannotHave) {
  expectRefused({.type = "wav2vec"}, ErrorCode::Unsupported, "wenet-conformer");
  expectRefused({.type = "paraformer"}, ErrorCode::BadInput, "am.mvn");
  expectRefused({.type = "funasr-conformer"}, ErrorCode::BadInput, "am.mvn");
  expectRefused({.statistics = "am.mvn"}, ErrorCode::BadInput, "am.mvn");
  expectRefused({.type = "wenet-conformer", .positions = "latest"}, ErrorCode::BadInput, "latest");
  expectRefused({.type = "espnet-conformer", .positions = "newest"}, ErrorCode::BadInput, "newest");
  expectRefused({.type = "espnet-conformer"}, ErrorCode::CorruptFile, "normalize.mean");
  expectRefused({.type = "paraformer", .statistics = "am.mvn"}, ErrorCode::Unsupported, "encoders0.0.norm1.weight");
  EXPECT_EQ(openSpeechEncoder({}, folder / "nothing").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace xllm::encoders
