// Whisper base on real recordings: what bfloat16 and whole numbers cost.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/encoders/whisper_encoder.h"
#include "media/decode/file_decoder.h"
#include "tests/support/parts.h"

namespace xllm::encoders {
namespace {

namespace fs = std::filesystem;

std::vector<AudioClip> recordings() {
  std::vector<AudioClip> sounds;
  for (const auto& entry : fs::directory_iterator(fs::path(XLLM_TEST_DIR) / "data")) {
    if (entry.path().extension() != ".flac") continue;
    auto sound = media::FileDecoder().decodeSound(entry.path());
    if (!sound) throw std::runtime_error(sound.error().message);
    sounds.push_back(*std::move(sound));
  }
  return sounds;
}

at::Tensor framesOf(const std::vector<AudioClip>& sounds, const weights::Checkpoint& file, Precision precision) {
  const auto encoder = loadWhisperEncoder(file, {.precision = precision, .silenceSeconds = 0});
  if (!encoder) throw std::runtime_error(encoder.error().message);
  std::vector<at::Tensor> frames;
  for (const AudioClip& sound : sounds) frames.push_back((*encoder)->encode(sound).value());
  return at::cat(frames);
}

TEST(RealWhisperEncoder, FramesStayNearInBFloat16AndInt8) {
  XLLM_SKIP_WITHOUT_PART("whisper-base.ct2.bin");
  const auto file = weights::Checkpoint::open(tests::part("whisper-base.ct2.bin"));
  ASSERT_TRUE(file) << file.error().message;
  const std::vector<AudioClip> sounds = recordings();
  const at::Tensor exact = framesOf(sounds, **file, Precision::Float32);
  ASSERT_GT(exact.size(0), 700);
  // As shares of a frame's length.
  const auto apart = [&](Precision precision) {
    return (framesOf(sounds, **file, precision) - exact).norm(2, {1}) / exact.norm(2, {1});
  };
  const auto share = [](const at::Tensor& frames, double limit) {
    return frames.gt(limit).to(at::kFloat).mean().item<double>();
  };
  const at::Tensor half = apart(Precision::BFloat16), whole = apart(Precision::Int8);
  RecordProperty("bfloat16", std::to_string(half.median().item<double>()));
  RecordProperty("int8", std::to_string(whole.median().item<double>()));
  EXPECT_LT(half.median().item<double>(), 0.013);
  EXPECT_LT(half.mean().item<double>(), 0.016);
  EXPECT_LT(share(half, 0.1), 0.02);
  EXPECT_LT(whole.median().item<double>(), 0.05);
  EXPECT_LT(whole.mean().item<double>(), 0.05);
  EXPECT_LT(share(whole, 0.1), 0.05);
}

}  // namespace
}  // namespace xllm::encoders
