// Whisper base as it was published: real recordings in, text out.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "core/transcription/whisper_transcriber.h"
#include "media/decode/file_decoder.h"
#include "tests/core/transcription/whisper_pieces.h"
#include "tests/core/weights/temporary_folder.h"
#include "tests/support/golden.h"
#include "tests/support/parts.h"

namespace xllm::transcription {
namespace {

namespace fs = std::filesystem;

class RealTranscriber : public ::testing::Test {
 protected:
  void SetUp() override {
    XLLM_SKIP_WITHOUT_PART("whisper-base.ct2.bin");
    fs::create_symlink(tests::part("whisper-base.ct2.bin"), folder / "model.bin");
    tests::writeFile(folder / "vocabulary.json", nlohmann::json(tests::WhisperPieces().all()).dump());
  }
  WhisperTranscriber opened(const WhisperSettings& settings) const {
    auto whisper = WhisperTranscriber::open(folder.path(), settings);
    if (!whisper) throw std::runtime_error(whisper.error().message);
    return std::move(*whisper);
  }
  // Of the recordings with expectations, those that the repository has: file, text.
  static std::vector<std::pair<fs::path, std::string>> recordings() {
    std::vector<std::pair<fs::path, std::string>> found;
    const auto golden = nlohmann::json::parse(std::ifstream(tests::goldenPath("real/whisper_base_decode.json")));
    for (const auto& one : golden.at("cases")) {
      const fs::path name = one.at("file").get<std::string>();
      const fs::path file = fs::path(XLLM_TEST_DIR) / "data" / name.stem().concat(".flac");
      if (fs::exists(file)) found.emplace_back(file, one.at("text"));
    }
    return found;
  }
  static AudioClip sound(const fs::path& file) { return media::FileDecoder().decodeSound(file).value(); }

  tests::TemporaryFolder folder;
};

TEST_F(RealTranscriber, WritesWhatTheReferenceWritesInBothPrecisions) {
  const auto files = recordings();
  ASSERT_FALSE(files.empty());
  for (const auto precision : {encoders::Precision::Float32, encoders::Precision::BFloat16}) {
    const WhisperTranscriber whisper = opened({.language = "en", .precision = precision});
    for (const auto& [file, text] : files) {
      const auto heard = whisper.transcribe(sound(file), {});
      ASSERT_TRUE(heard) << heard.error().message;
      EXPECT_EQ(heard->text, text) << file;
      EXPECT_EQ(heard->windows.size(), 1U);
      EXPECT_LT(heard->windows[0].heard.noSpeech, 0.5) << file;
    }
  }
}

TEST_F(RealTranscriber, HearsTheLanguageAndEachWindowOfALongRecording) {
  const auto [file, text] = recordings().front();
  AudioClip once = sound(file);
  once.samples.resize(std::max<std::size_t>(once.samples.size(), 20 * 16000));
  AudioClip twice = once;
  twice.samples.insert(twice.samples.end(), once.samples.begin(), once.samples.end());
  const auto heard = opened({}).transcribe(twice, {});
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_EQ(heard->language, "en");
  ASSERT_EQ(heard->windows.size(), 2U);
  EXPECT_LE(heard->windows[0].end, 30.0);
  EXPECT_DOUBLE_EQ(heard->windows[1].begin, heard->windows[0].end);
  EXPECT_DOUBLE_EQ(heard->windows[1].end, twice.seconds());
  EXPECT_EQ(heard->text.substr(0, text.size()), text);
}

TEST_F(RealTranscriber, WritesNothingWhereNobodySpeaks) {
  std::mt19937 random(1);
  AudioClip noise{16000, std::vector<float>(16000 * 5)};
  for (float& sample : noise.samples) sample = 0.01F * (static_cast<float>(random()) * 0x1p-31F - 1.0F);
  const auto heard = opened({.language = "en", .precision = encoders::Precision::Float32}).transcribe(noise, {});
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_EQ(heard->text, "");
  ASSERT_EQ(heard->windows.size(), 1U);
  EXPECT_GT(heard->windows[0].heard.noSpeech, 0.6);
  EXPECT_FALSE(heard->windows[0].heard.tokens.empty()) << "it made something up, which is left out";
}

TEST_F(RealTranscriber, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = opened({.language = "en"}).transcribe(sound(recordings().front().first), stop.get_token());
  EXPECT_EQ(stopped.error().code, ErrorCode::Cancelled);
}

TEST_F(RealTranscriber, SaysWhatItCannotUse) {
  EXPECT_EQ(WhisperTranscriber::open(folder.path(), {.language = "klingon"}).error().code, ErrorCode::BadInput);
  EXPECT_EQ(opened({}).transcribe({8000, std::vector<float>(8000)}, {}).error().code, ErrorCode::BadInput);
  fs::remove(folder / "vocabulary.json");
  EXPECT_NE(WhisperTranscriber::open(folder.path(), {}).error().message.find("vocabulary.txt"), std::string::npos);
  fs::remove(folder / "model.bin");
  const Error nothing = WhisperTranscriber::open(folder.path(), {}).error();
  EXPECT_EQ(nothing.code, ErrorCode::NotFound);
  EXPECT_NE(nothing.message.find("holds no speech model"), std::string::npos) << nothing.message;
  EXPECT_EQ(WhisperTranscriber::open(folder / "nowhere.pt", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(WhisperTranscriber::open(tests::goldenPath("whisper_decoder_hf.safetensors"), {}).error().code,
            ErrorCode::BadInput);
}

}  // namespace
}  // namespace xllm::transcription
