// Whisper base, a real recording in and its tokens out.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/encoders/whisper_decoder.h"
#include "core/encoders/whisper_encoder.h"
#include "media/decode/file_decoder.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::encoders {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWindow = 480000;  // samples: Whisper is fed 30 s

// Of the recordings with expectations, those that the repository has (tests/data/README.md).
fs::path recording(const std::string& name) {
  return fs::path(XLLM_TEST_DIR) / "data" / fs::path(name).stem().concat(".flac");
}

TEST(RealWhisperDecoder, BaseWritesWhatTheReferenceWrites) {
  XLLM_SKIP_WITHOUT_PART("whisper-base.ct2.bin");
  const auto file = weights::Checkpoint::open(tests::part("whisper-base.ct2.bin"));
  ASSERT_TRUE(file) << file.error().message;
  const auto encoder = loadWhisperEncoder(**file, {.precision = Precision::Float32, .silenceSeconds = 0});
  const auto decoder = loadWhisperDecoder(**file, {.precision = Precision::Float32});
  ASSERT_TRUE(encoder && decoder);
  const auto prompt = whisperPrompt(decoder->vocabulary(), "en", WhisperTask::Transcribe);
  ASSERT_TRUE(prompt) << prompt.error().message;
  const auto golden = nlohmann::json::parse(std::ifstream(tests::goldenPath("real/whisper_base_decode.json")));
  EXPECT_EQ(golden.at("prompt_ids").get<std::vector<std::int64_t>>(), *prompt);

  int decoded = 0;
  for (const auto& expected : golden.at("cases")) {
    const fs::path path = recording(expected.at("file"));
    if (!fs::exists(path)) continue;
    auto sound = media::FileDecoder().decodeSound(path);
    ASSERT_TRUE(sound) << sound.error().message;
    sound->samples.resize(kWindow);
    const auto frames = (*encoder)->encode(*sound);
    ASSERT_TRUE(frames) << frames.error().message;
    const auto tokens = transcribeGreedily(*decoder, *frames, *prompt).tokens;
    EXPECT_EQ(tokens, expected.at("tokens").get<std::vector<std::int64_t>>()) << path;

    WhisperDecoding decoding = decoder->begin(frames->unsqueeze(0));
    const at::Tensor scores = decoder->append(at::tensor(*prompt, at::kLong).unsqueeze(0), decoding)[0][-1];
    const auto ids = expected.at("first_step_top5").at("ids").get<std::vector<std::int64_t>>();
    const auto logits = expected.at("first_step_top5").at("logits").get<std::vector<float>>();
    EXPECT_TRUE(tests::isWithin(scores.index_select(0, at::tensor(ids, at::kLong)), at::tensor(logits), 5e-3)) << path;
    ++decoded;
  }
  EXPECT_GT(decoded, 0) << "the repository has one of the recordings";
}

}  // namespace
}  // namespace xllm::encoders
