#include "core/encoders/whisper_encoder.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/encoders/log_mel.h"
#include "tests/core/encoders/stored_tensors.h"
#include "tests/core/weights/whisper_cpp_bytes.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::encoders {
namespace {

using tests::Golden;
using tests::isClose;
using tests::isWithin;
using tests::NamedTensors;
using tests::stored;
using tests::TemporaryFolder;
using tests::toSound;

constexpr WhisperOptions kTiny{.precision = Precision::Float32, .heads = 4, .silenceSeconds = 0};

std::unique_ptr<WhisperEncoder> loaded(const weights::Checkpoint& file, const WhisperOptions& options) {
  auto encoder = loadWhisperEncoder(file, options);
  if (!encoder) throw std::runtime_error(encoder.error().message);
  return std::unique_ptr<WhisperEncoder>(dynamic_cast<WhisperEncoder*>(encoder->release()));
}

// The weights of the OpenAI golden file under CTranslate2's names, q, k and v joined.
NamedTensors underCTranslate2Names(const Golden& golden) {
  NamedTensors named;
  const auto copy = [&](const std::string& to, const std::string& from) {
    named.emplace_back(to, golden["encoder." + from]);
  };
  const auto affine = [&](const std::string& to, const std::string& from) {
    copy(to + "/weight", from + ".weight");
    copy(to + "/bias", from + ".bias");
  };
  const auto norm = [&](const std::string& to, const std::string& from) {
    copy(to + "/gamma", from + ".weight");
    copy(to + "/beta", from + ".bias");
  };
  affine("encoder/conv1", "conv1");
  affine("encoder/conv2", "conv2");
  copy("encoder/position_encodings/encodings", "positional_embedding");
  norm("encoder/layer_norm", "ln_post");
  for (int i = 0; i < 3; ++i) {
    const std::string to = "encoder/layer_" + std::to_string(i), from = "blocks." + std::to_string(i);
    const auto part = [&](const std::string& name) { return golden["encoder." + from + ".attn." + name]; };
    named.emplace_back(to + "/self_attention/linear_0/weight",
                       at::cat({part("query.weight"), part("key.weight"), part("value.weight")}));
    named.emplace_back(to + "/self_attention/linear_0/bias",
                       at::cat({part("query.bias"), at::zeros_like(part("query.bias")), part("value.bias")}));
    affine(to + "/self_attention/linear_1", from + ".attn.out");
    norm(to + "/self_attention/layer_norm", from + ".attn_ln");
    affine(to + "/ffn/linear_0", from + ".mlp.0");
    affine(to + "/ffn/linear_1", from + ".mlp.2");
    norm(to + "/ffn/layer_norm", from + ".mlp_ln");
  }
  return named;
}

TEST(WhisperEncoder, EqualsOpenAis) {
  const Golden golden("whisper_encoder");
  const auto encoder = loaded(*golden.checkpoint(), kTiny);
  EXPECT_EQ(encoder->width(), 64);
  EXPECT_EQ(encoder->windowFrames(), 150);
  EXPECT_TRUE(isClose(encoder->encodeMel(golden["input.mel"]), golden["expected.encoder_output"], 1e-4));
}

TEST(WhisperEncoder, StaysNearInBFloat16) {
  const Golden golden("whisper_encoder");
  WhisperOptions options = kTiny;
  options.precision = Precision::BFloat16;
  const at::Tensor frames = loaded(*golden.checkpoint(), options)->encodeMel(golden["input.mel"]);
  EXPECT_EQ(frames.scalar_type(), at::kFloat);
  EXPECT_TRUE(isClose(frames, golden["expected.encoder_output"], 3e-2));
  EXPECT_FALSE(isClose(frames, golden["expected.encoder_output"], 1e-4)) << "it is not float32";
}

TEST(WhisperEncoder, ReadsHuggingFaceNames) {
  const Golden golden("whisper_encoder_hf");
  const auto encoder = loaded(*golden.checkpoint(), kTiny);
  EXPECT_TRUE(isClose(encoder->encodeMel(golden["input.input_features"]), golden["expected.last_hidden_state"], 1e-4));
}

TEST(WhisperEncoder, ReadsCTranslate2Names) {
  const Golden golden("whisper_encoder");
  const TemporaryFolder folder;
  const auto encoder = loaded(*stored(folder / "names.safetensors", underCTranslate2Names(golden)), kTiny);
  EXPECT_TRUE(isClose(encoder->encodeMel(golden["input.mel"]), golden["expected.encoder_output"], 1e-4));
}

TEST(WhisperEncoder, ReadsWhisperCppFiles) {
  const Golden golden("whisper_encoder");
  tests::WhisperCppBytes file({97, 150, 64, 4, 3, 40, 64, 4, 2, 80, 0}, 80, 201, {"a"});
  for (const std::string& name : golden.weightNames()) {
    const at::Tensor weight = golden[name].contiguous();
    std::vector<std::int32_t> shape(weight.sizes().begin(), weight.sizes().end());
    if (name == "encoder.conv1.bias" || name == "encoder.conv2.bias") shape.push_back(1);
    file.tensor(name, shape, 0, {static_cast<const char*>(weight.const_data_ptr()), weight.nbytes()});
  }
  const TemporaryFolder folder;
  const auto path = tests::writeFile(folder / "ggml-tiny.bin", file.bytes());
  WhisperOptions options = kTiny;
  options.heads = 0;  // the file says 4; 64 / 64 would be 1
  const auto encoder = loaded(*tests::opened(path), options);
  EXPECT_TRUE(isClose(encoder->encodeMel(golden["input.mel"]), golden["expected.encoder_output"], 1e-4));
}

TEST(WhisperEncoder, EncodesSoundAsItsLogMel) {
  const Golden features("whisper_features"), golden("whisper_encoder");
  const auto frames =
      loaded(*golden.checkpoint(), kTiny)->encode(toSound(features["input.waveform_int16"].to(at::kFloat) / 32768.0));
  ASSERT_TRUE(frames) << frames.error().message;
  EXPECT_TRUE(isClose(*frames, golden["expected.encoder_output"][0], 1e-4));
  EXPECT_FALSE(frames->requires_grad());
}

// Half a frame that is begun is a frame, also where no silence follows.
TEST(WhisperEncoder, CountsTheFrameThatIsBegun) {
  const Golden golden("whisper_encoder");
  const auto encoder = loaded(*golden.checkpoint(), kTiny);
  for (const std::int64_t samples : {3200, 3201, 34600}) {
    const auto frames = encoder->encode(toSound(at::full({samples}, 0.1)));
    ASSERT_TRUE(frames) << frames.error().message;
    EXPECT_EQ(frames->size(0), (samples + 319) / 320) << samples << " samples";
  }
}

TEST(WhisperEncoder, CutsLongSoundIntoEqualWindows) {
  const Golden features("whisper_features"), golden("whisper_encoder");
  const auto encoder = loaded(*golden.checkpoint(), kTiny);  // its window is 3 s
  const at::Tensor sound = (features["input.waveform_int16"].to(at::kFloat) / 32768.0).repeat({2}).narrow(0, 0, 70000);
  const auto whole = encoder->encode(toSound(sound));
  ASSERT_TRUE(whole) << whole.error().message;
  const std::int64_t half = 110 * 320;  // two windows: 70000 samples are 218.75 frames, so 110 and 109
  const auto first = encoder->encode(toSound(sound.narrow(0, 0, half)));
  const auto second = encoder->encode(toSound(sound.narrow(0, half, 70000 - half)));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(isWithin(*whole, at::cat({*first, *second}), 1e-5));
  EXPECT_EQ(whole->size(0), 219);
}

TEST(WhisperEncoder, StopsWhenItIsTold) {
  const Golden features("whisper_features"), golden("whisper_encoder");
  const auto encoder = loaded(*golden.checkpoint(), kTiny);
  std::stop_source stop;
  stop.request_stop();
  const auto frames =
      encoder->encode(toSound(features["input.waveform_int16"].to(at::kFloat) / 32768.0), stop.get_token());
  ASSERT_FALSE(frames);
  EXPECT_EQ(frames.error().code, ErrorCode::Cancelled);
  // Not a block was run.
  const at::Tensor mel = golden["input.mel"];
  EXPECT_FALSE(isClose(encoder->encodeMel(mel, stop.get_token()), golden["expected.encoder_output"], 1e-2));
}

TEST(WhisperEncoder, HearsSilenceBehindTheSoundAndLeavesItsFramesOut) {
  const Golden features("whisper_features"), golden("whisper_encoder");
  const at::Tensor sound = (features["input.waveform_int16"].to(at::kFloat) / 32768.0).narrow(0, 0, 8000);
  WhisperOptions options = kTiny;
  options.silenceSeconds = 0.5;
  const auto heard = loaded(*golden.checkpoint(), options)->encode(toSound(sound));
  const auto plain = loaded(*golden.checkpoint(), kTiny);
  const auto byHand = plain->encode(toSound(at::cat({sound, at::zeros({8000})})));
  ASSERT_TRUE(heard && byHand);
  EXPECT_EQ(heard->size(0), 25);
  EXPECT_TRUE(isWithin(*heard, byHand->narrow(0, 0, 25), 1e-5));
  EXPECT_FALSE(isWithin(*heard, *plain->encode(toSound(sound)), 1e-3));
}

TEST(WhisperEncoder, RowsOfABatchDoNotTouchEachOther) {
  const Golden golden("whisper_encoder");
  const auto encoder = loaded(*golden.checkpoint(), kTiny);
  const at::Tensor mel = golden["input.mel"];
  const at::Tensor both = encoder->encodeMel(at::cat({mel.flip(2), mel}));
  EXPECT_TRUE(isClose(both.narrow(0, 1, 1), golden["expected.encoder_output"], 1e-4));
}

TEST(WhisperEncoder, RefusesWhatItCannotUse) {
  const auto encoder = loaded(*Golden("whisper_encoder").checkpoint(), kTiny);
  const auto code = [&](const AudioClip& sound) { return encoder->encode(sound).error().code; };
  EXPECT_EQ(code({8000, std::vector<float>(16000)}), ErrorCode::BadInput);
  EXPECT_EQ(code({16000, std::vector<float>(1599)}), ErrorCode::BadInput);
  EXPECT_EQ(code({16000, std::vector<float>(16000, NAN)}), ErrorCode::BadInput);
  EXPECT_TRUE(encoder->encode({16000, std::vector<float>(1600)})) << "a tenth of a second is enough";
}

TEST(WhisperEncoder, NamesWhatIsWrongWithAFile) {
  const Golden golden("whisper_encoder");
  const auto refusal = [&](const std::string& name, const at::Tensor& replacement) {
    NamedTensors tensors = underCTranslate2Names(golden);
    for (auto entry = tensors.begin(); entry != tensors.end(); ++entry) {
      if (entry->first != name) continue;
      if (replacement.defined())
        entry->second = replacement;
      else
        entry = tensors.erase(entry) - 1;
    }
    const TemporaryFolder folder;
    auto encoder = loadWhisperEncoder(*stored(folder / "damaged.safetensors", tensors), kTiny);
    return encoder ? Error{ErrorCode::Internal, "was loaded"} : encoder.error();
  };
  const Error missing = refusal("encoder/layer_1/ffn/linear_0/bias", {});
  EXPECT_EQ(missing.code, ErrorCode::CorruptFile);
  EXPECT_NE(missing.message.find("encoder/layer_1/ffn/linear_0/bias"), std::string::npos) << missing.message;
  const Error misshapen = refusal("encoder/layer_2/self_attention/linear_1/weight", at::zeros({64, 32}));
  EXPECT_EQ(misshapen.code, ErrorCode::CorruptFile);
  EXPECT_NE(misshapen.message.find("[64, 32]"), std::string::npos) << misshapen.message;
  EXPECT_EQ(refusal("encoder/conv2/weight", at::zeros({64, 64, 3}, at::kChar)).code, ErrorCode::Unsupported);
  EXPECT_EQ(refusal("encoder/position_encodings/encodings", {}).code, ErrorCode::Unsupported);
  EXPECT_EQ(loadWhisperEncoder(*golden.checkpoint(), {.precision = Precision::Float32, .heads = 7}).error().code,
            ErrorCode::CorruptFile);
}

class RealWhisper : public ::testing::Test {
 protected:
  void SetUp() override {
    XLLM_SKIP_WITHOUT_PART("whisper-base.ct2.bin");
    auto opened = weights::Checkpoint::open(tests::part("whisper-base.ct2.bin"));
    ASSERT_TRUE(opened) << opened.error().message;
    file = *opened;
  }
  at::Tensor sampled(const at::Tensor& frames) const { return frames.index_select(0, golden["frame_index"]); }

  std::shared_ptr<const weights::Checkpoint> file;
  Golden golden{"real/whisper_base"};
  at::Tensor samples = Golden("whisper_features")["input.waveform_int16"].to(at::kFloat) / 32768.0;
};

TEST_F(RealWhisper, BaseEncodesThreeSecondsUnpadded) {
  const auto encoder = loaded(*file, {.precision = Precision::Float32, .silenceSeconds = 0});
  const auto frames = encoder->encode(toSound(samples));
  ASSERT_TRUE(frames) << frames.error().message;
  ASSERT_EQ(frames->sizes(), at::IntArrayRef({150, 512}));
  EXPECT_TRUE(isWithin(sampled(*frames), golden["expected.unpadded_3s.frames"], 2e-3));
  EXPECT_TRUE(isWithin(frames->mean(0), golden["expected.unpadded_3s.mean"], 2e-3));
}

TEST_F(RealWhisper, BaseEncodesAPaddedWindow) {
  const auto encoder = loaded(*file, {.precision = Precision::Float32, .silenceSeconds = 0});
  const auto frames = encoder->encode(toSound(at::constant_pad_nd(samples, {0, 480000 - samples.size(0)})));
  ASSERT_TRUE(frames) << frames.error().message;
  ASSERT_EQ(frames->sizes(), at::IntArrayRef({1500, 512}));
  EXPECT_TRUE(isWithin(sampled(*frames), golden["expected.padded_30s.frames"], 2e-3));
  EXPECT_TRUE(isWithin((*frames)[1499], golden["expected.padded_30s.last_frame"], 2e-3));
  EXPECT_TRUE(isWithin(frames->mean(0), golden["expected.padded_30s.mean"], 2e-3));
}

// The error of a frame against the frame's length. A few frames, in which the network is about to tip, differ much more
// than the others, so the limits are on the median and the mean; the golden chirps are a harder case than speech.
TEST_F(RealWhisper, BFloat16StaysNearFloat32) {
  const auto exact = loaded(*file, {.precision = Precision::Float32})->encode(toSound(samples));
  const auto rounded = loaded(*file, {.precision = Precision::BFloat16})->encode(toSound(samples));
  ASSERT_TRUE(exact && rounded);
  EXPECT_EQ(rounded->scalar_type(), at::kFloat);
  const at::Tensor error = (*rounded - *exact).norm(2, 1) / exact->norm(2, 1);
  EXPECT_LT(error.median().item<double>(), 0.02) << "measured when written: 0.012";
  EXPECT_LT(error.mean().item<double>(), 0.04) << "measured when written: 0.023";
}

}  // namespace
}  // namespace xllm::encoders
