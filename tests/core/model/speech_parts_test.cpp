#include "core/model/speech_parts.h"

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/kernels/int8_linear.h"
#include "tests/support/golden.h"

namespace xllm::model {
namespace {

using encoders::Precision;
using nlohmann::json;

// A tiny Whisper, and half a second of a tone.
class SpeechParts : public testing::Test {
 protected:
  static Pack pack(const std::string& type, json config) {
    const auto file = tests::goldenPath(type == "whisper" ? "whisper_encoder.safetensors"
                                                          : "wenet_conformer_causal_layernorm.safetensors");
    Pack pack;
    pack.name = "Tiny";
    pack.folder = file.parent_path();
    pack.speechEncoder = EncoderPart{type, file.filename().string(), std::move(config)};
    return pack;
  }
  static at::Tensor hear(const json& config, std::optional<Precision> precision = {}) {
    const auto encoder = openSpeechEncoder(pack("whisper", config), precision);
    if (!encoder) throw std::runtime_error(encoder.error().message);
    AudioClip tone{.sampleRateHz = 16000, .samples = std::vector<float>(8000)};
    for (std::size_t i = 0; i < tone.samples.size(); ++i)
      tone.samples[i] = 0.3F * std::sin(0.2F * static_cast<float>(i));
    return (*encoder)->encode(tone).value();
  }
  static void expectRefused(const Pack& pack, const std::string& mention) {
    const auto encoder = openSpeechEncoder(pack);
    ASSERT_FALSE(encoder) << mention;
    EXPECT_EQ(encoder.error().code, ErrorCode::BadInput);
    EXPECT_NE(encoder.error().message.find(mention), std::string::npos) << encoder.error().message;
  }
};

TEST_F(SpeechParts, AreComputedInThePrecisionThatThePackOrTheCallerSays) {
  const at::Tensor exact = hear({{"precision", "float32"}}), coarse = hear({{"precision", "int8"}});
  EXPECT_EQ(tests::isSame(coarse, exact), !kernels::int8IsFast() && tests::isSame(hear(json::object()), exact));
  EXPECT_TRUE(tests::isClose(coarse, exact, 5e-2));
  EXPECT_TRUE(tests::isSame(hear({{"precision", "int8"}}, Precision::Float32), exact));
  EXPECT_TRUE(tests::isSame(hear(json::object(), Precision::Int8), coarse));
}

TEST_F(SpeechParts, OfAConfigThatDoesNotFitAreRefused) {
  expectRefused(pack("whisper", {{"precision", "int4"}}), "int4");
  expectRefused(pack("whisper", {{"precison", "int8"}}), "precision");
  expectRefused(pack("wenet-conformer", {{"precision", "int8"}}), "bfloat16");
}

}  // namespace
}  // namespace xllm::model
