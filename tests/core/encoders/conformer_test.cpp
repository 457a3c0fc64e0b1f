#include "core/encoders/conformer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/encoders/conformer_loader.h"
#include "core/encoders/kaldi_fbank.h"
#include "tests/core/encoders/stored_tensors.h"
#include "tests/support/golden.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isSame;
using tests::isWithin;

ConformerLoading inFloat32(ConformerLoading how = {}) {
  how.precision = Precision::Float32;
  return how;
}

Conformer loaded(const weights::Checkpoint& file, const ConformerLoading& how = inFloat32()) {
  auto encoder = loadConformer(file, how);
  if (!encoder) throw std::runtime_error(encoder.error().message);
  return std::move(*encoder);
}

at::Tensor normalised(const Golden& golden) {
  return (golden.input("features") - golden["encoder.global_cmvn.mean"]) * golden["encoder.global_cmvn.istd"];
}

class WenetConformer : public ::testing::TestWithParam<const char*> {};

TEST_P(WenetConformer, EqualsWenets) {
  const Golden golden(GetParam());
  const at::Tensor lengths = golden.input("feature_lengths").to(at::kLong);
  // Padding is zero before normalisation, as in the reference.
  const at::Tensor frames = loaded(*golden.checkpoint()).forward(normalised(golden), lengths);
  const at::Tensor valid = golden.expected("mask").transpose(1, 2);
  EXPECT_TRUE(isSame(Conformer::outputLengths(lengths), golden.expected("output_lengths").to(at::kLong)));
  EXPECT_TRUE(isClose(frames.masked_fill(valid.logical_not(), 0.0), golden.expected("encoder_output"), 1e-4));
}

TEST_P(WenetConformer, StaysNearInBFloat16) {
  const Golden golden(GetParam());
  const Conformer encoder = loaded(*golden.checkpoint(), {.precision = Precision::BFloat16});
  const at::Tensor lengths = golden.input("feature_lengths").to(at::kLong);
  const at::Tensor frames = encoder.forward(normalised(golden), lengths)
                                .masked_fill(golden.expected("mask").transpose(1, 2).logical_not(), 0.0);
  EXPECT_EQ(frames.scalar_type(), at::kFloat);
  EXPECT_TRUE(isClose(frames, golden.expected("encoder_output"), 3e-2));
  EXPECT_FALSE(isClose(frames, golden.expected("encoder_output"), 1e-4)) << "it is not float32";
}

TEST_P(WenetConformer, HearsAClipAsWenetDoes) {
  const Golden golden(GetParam()), sound("kaldi_fbank");
  const auto encoder = loadConformerEncoder(*golden.checkpoint(), inFloat32());
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_EQ((*encoder)->width(), 64);
  EXPECT_DOUBLE_EQ((*encoder)->framesPerSecond(), 25.0);
  const std::int64_t samples = 400 + 130 * 160;  // the 131 frames of the golden batch's first row
  const auto frames =
      (*encoder)->encode(tests::toSound(sound.input("waveform_int16").narrow(0, 0, samples).to(at::kFloat) / 32768.0));
  ASSERT_TRUE(frames) << frames.error().message;
  EXPECT_TRUE(isClose(*frames, golden.expected("encoder_output")[0], 1e-4));
  EXPECT_FALSE(frames->requires_grad());
}

INSTANTIATE_TEST_SUITE_P(Variants, WenetConformer,
                         ::testing::Values("wenet_conformer_batchnorm", "wenet_conformer_causal_layernorm"));

TEST(Conformer, CausalClipIsTheSameAloneAndPadded) {
  const Golden golden("wenet_conformer_causal_layernorm");
  const std::int64_t length = golden.input("feature_lengths")[1].item<std::int64_t>();
  const at::Tensor alone =
      loaded(*golden.checkpoint()).forward(normalised(golden).narrow(0, 1, 1).narrow(1, 0, length));
  EXPECT_TRUE(isClose(alone[0], golden.expected("encoder_output")[1].narrow(0, 0, alone.size(1)), 1e-4));
}

// The same weights behind FunASR's features, and with ESPnet's epsilon and names.
TEST(Conformer, HearsAsFunAsrWithItsStatistics) {
  const Golden golden("wenet_conformer_batchnorm"), sound("kaldi_fbank");
  const tests::TemporaryFolder folder;
  std::string text = "<Nnet>\n<Splice> 80 80\n[ 0 ]\n<AddShift> 80 80\n<LearnRateCoef> 0 [";
  for (int i = 0; i < 80; ++i) text += " " + std::to_string(-10 - 0.01 * i);
  text += " ]\n<Rescale> 80 80\n<LearnRateCoef> 0 [";
  for (int i = 0; i < 80; ++i) text += " 0.25";
  const ConformerLoading how = inFloat32({.toolkit = SpeechToolkit::FunAsr,
                                          .rule = RelativeRule::Legacy,
                                          .statistics = tests::writeFile(folder / "am.mvn", text + " ]\n</Nnet>\n")});
  const auto encoder = loadConformerEncoder(*golden.checkpoint(), how);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const at::Tensor samples = sound.input("waveform_int16").narrow(0, 0, 16000).to(at::kFloat) / 32768.0;
  const auto frames = (*encoder)->encode(tests::toSound(samples));
  ASSERT_TRUE(frames) << frames.error().message;

  const at::Tensor shift = at::arange(80, at::kFloat) * -0.01 - 10;
  const at::Tensor features = (kaldiFbank(samples, FbankWindow::Hamming) + shift) * 0.25;
  EXPECT_TRUE(isClose(*frames, loaded(*golden.checkpoint(), how).forward(features.unsqueeze(0))[0], 1e-5));
  const ConformerLoading latest = inFloat32({.toolkit = SpeechToolkit::FunAsr, .rule = RelativeRule::Latest});
  EXPECT_FALSE(isClose(*frames, loaded(*golden.checkpoint(), latest).forward(features.unsqueeze(0))[0], 1e-3));
}

// A made-up mel matrix that takes single frequencies, so that a plain Fourier sum can follow.
TEST(Conformer, HearsAsEspNetWithTheFilesOwnMelMatrix) {
  const Golden golden("wenet_conformer_batchnorm"), sound("kaldi_fbank");
  tests::NamedTensors tensors;
  for (const std::string& name : golden.weightNames()) {
    if (name.find("global_cmvn") == std::string::npos) tensors.emplace_back(name, golden[name]);
  }
  const at::Tensor melmat = at::eye(257).narrow(1, 3, 80).contiguous();
  const at::Tensor mean = at::linspace(-3, 1, 80), deviation = at::linspace(1, 3, 80);
  tensors.emplace_back("frontend.logmel.melmat", melmat);
  tensors.emplace_back("normalize.mean", mean);
  tensors.emplace_back("normalize.std", deviation);
  const tests::TemporaryFolder folder;
  const auto file = tests::stored(folder / "espnet.safetensors", tensors);
  const ConformerLoading how = inFloat32({.toolkit = SpeechToolkit::EspNet, .rule = RelativeRule::Legacy});
  const auto encoder = loadConformerEncoder(*file, how);
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_DOUBLE_EQ((*encoder)->framesPerSecond(), 31.25);

  const at::Tensor samples = sound.input("waveform_int16").narrow(0, 0, 2000).to(at::kFloat) / 32768.0;
  const at::Tensor mirrored = at::reflection_pad1d(samples.view({1, 1, -1}).to(at::kDouble), {256, 256}).view({-1});
  const at::Tensor places = at::arange(512, at::kDouble);
  const at::Tensor hann = 0.5 - 0.5 * at::cos(places * (2 * M_PI / 512));
  const at::Tensor angles = at::arange(3, 83, at::kDouble).unsqueeze(1) * places * (2 * M_PI / 512);  // [80, 512]
  std::vector<at::Tensor> rows;
  for (std::int64_t t = 0; t <= 2000 / 128; ++t) {
    const at::Tensor frame = mirrored.narrow(0, t * 128, 512) * hann;
    const at::Tensor power = at::mv(angles.cos(), frame).square() + at::mv(angles.sin(), frame).square();
    rows.push_back((power.clamp_min(1e-10).log().to(at::kFloat) - mean) / deviation);
  }
  const at::Tensor expected = loaded(*file, how).forward(at::stack(rows).unsqueeze(0))[0];
  const auto frames = (*encoder)->encode(tests::toSound(samples));
  ASSERT_TRUE(frames) << frames.error().message;
  EXPECT_TRUE(isClose(*frames, expected, 1e-3));
}

TEST(Conformer, CutsLongSoundIntoEqualWindows) {
  const Golden golden("wenet_conformer_causal_layernorm"), sound("kaldi_fbank");
  const auto encoder = loadConformerEncoder(*golden.checkpoint(), inFloat32());
  ASSERT_TRUE(encoder) << encoder.error().message;
  const at::Tensor samples = (sound.input("waveform_int16").to(at::kFloat) / 32768.0).repeat({12});  // 36 s
  const auto whole = (*encoder)->encode(tests::toSound(samples));
  const auto first = (*encoder)->encode(tests::toSound(samples.narrow(0, 0, 18 * 16000)));
  const auto second = (*encoder)->encode(tests::toSound(samples.narrow(0, 18 * 16000, 18 * 16000)));
  ASSERT_TRUE(whole && first && second);
  EXPECT_TRUE(isWithin(*whole, at::cat({*first, *second}), 1e-4));
}

TEST(Conformer, NamesWhatIsWrongWithAFile) {
  const Golden golden("wenet_conformer_batchnorm");
  const tests::TemporaryFolder folder;
  const auto refusal = [&](const std::string& name, const at::Tensor& replacement, ConformerLoading how = {}) {
    tests::NamedTensors tensors;
    for (const std::string& weight : golden.weightNames()) {
      if (weight != name) tensors.emplace_back(weight, golden[weight]);
    }
    if (replacement.defined()) tensors.emplace_back(name, replacement);
    const auto encoder = loadConformerEncoder(*tests::stored(folder / "damaged.safetensors", tensors), how);
    return encoder ? Error{ErrorCode::Internal, "was loaded"} : encoder.error();
  };
  const auto expect = [](const Error& error, ErrorCode code, const std::string& mention) {
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_NE(error.message.find(mention), std::string::npos) << error.message;
  };
  expect(refusal("encoder.embed.conv.0.weight", {}), ErrorCode::Unsupported, "damaged.safetensors");
  expect(refusal("encoder.embed.out.0.weight", at::zeros({64, 1280})), ErrorCode::Unsupported, "embed.out.0.weight");
  expect(refusal("encoder.encoders.1.conv_module.norm.running_var", {}), ErrorCode::CorruptFile, "running_var");
  expect(refusal("encoder.encoders.0.self_attn.pos_bias_u", at::zeros({5, 16})), ErrorCode::CorruptFile, "pos_bias_u");
  expect(refusal("encoder.global_cmvn.mean", {}), ErrorCode::CorruptFile, "global_cmvn.mean");
  expect(refusal("unused", {}, {.toolkit = SpeechToolkit::FunAsr, .statistics = folder / "am.mvn"}),
         ErrorCode::NotFound, "am.mvn");
}

}  // namespace
}  // namespace xllm::encoders
