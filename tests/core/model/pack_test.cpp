#include "core/model/pack.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/model/pack_locations.h"

namespace xllm::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class PackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder);
    fs::create_directories(folder / "llm");
    std::ofstream(folder / "llm/model.gguf") << "12345";
    manifest = {{"format", 1},
                {"name", "Test"},
                {"version", "1"},
                {"languageModel", {{"file", "llm/model.gguf"}, {"chatTemplate", "chatml"}}},
                {"files", {{{"path", "llm/model.gguf"}, {"bytes", 5}, {"licence", "MIT"}}}}};
  }
  void TearDown() override { fs::remove_all(folder); }
  Result<Pack> read() {
    std::ofstream(folder / "pack.json") << manifest.dump();
    return readPack(folder);
  }
  void expectRefused(ErrorCode code, const std::string& mention) {
    const auto pack = read();
    ASSERT_FALSE(pack) << manifest.dump();
    EXPECT_EQ(pack.error().code, code) << pack.error().message;
    EXPECT_NE(pack.error().message.find(mention), std::string::npos) << pack.error().message;
    EXPECT_NE(pack.error().message.find(folder.string()), std::string::npos) << "the message names the pack";
  }

  fs::path folder;
  json manifest;
};

TEST_F(PackTest, ReadsAPackWithALanguageModelAlone) {
  const auto pack = read();
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->languageModel.chatTemplate, "chatml");
  EXPECT_FALSE(pack->image || pack->speech);
  EXPECT_EQ(pack->files.at(0).licence, "MIT");
}

TEST_F(PackTest, ReadsHowMuchTheLanguageModelHelpsToHear) {
  manifest["speechEncoder"] = {{"type", "whisper"}, {"file", "llm/model.gguf"}};
  manifest["interfaces"]["speech"] = {{"file", "llm/model.gguf"},
                                      {"config", json::object()},
                                      {"languageWeight", 0.3},
                                      {"lettersWeight", 0.2},
                                      {"asWords", true}};
  const auto pack = read();
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_DOUBLE_EQ(pack->speech->languageWeight, 0.3);
  EXPECT_DOUBLE_EQ(pack->speech->lettersWeight, 0.2);
  EXPECT_TRUE(pack->speech->asWords);
  manifest["interfaces"]["speech"].erase("languageWeight");
  EXPECT_DOUBLE_EQ(read()->speech->languageWeight, 0);
  manifest["interfaces"]["speech"]["languageWeight"] = -1;
  expectRefused(ErrorCode::CorruptFile, "languageWeight");
}

TEST_F(PackTest, ReadsWhatASpeechEncoderNeedsBesideItsWeights) {
  manifest["speechEncoder"] = {
      {"type", "funasr-conformer"}, {"file", "llm/model.gguf"}, {"statistics", "am.mvn"}, {"positions", "latest"}};
  expectRefused(ErrorCode::CorruptFile, "am.mvn");  // not listed under "files"
  std::ofstream(folder / "am.mvn") << "123";
  manifest["files"].push_back({{"path", "am.mvn"}, {"bytes", 3}});
  const auto pack = read();
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->speechEncoder->statistics, "am.mvn");
  EXPECT_EQ(pack->speechEncoder->positions, "latest");
}

TEST_F(PackTest, ReadsAVideoInterfaceThatNeedsTheImageEncoder) {
  manifest["interfaces"]["video"] = {{"file", "v2l.safetensors"},
                                     {"config", {{"timePositions", 8}}},
                                     {"wrap", {{"before", "Clip:"}, {"after", "\n"}}},
                                     {"defaultQuestion", "What happens?"}};
  expectRefused(ErrorCode::CorruptFile, "v2l.safetensors");  // not listed under "files"
  std::ofstream(folder / "v2l.safetensors") << "123";
  manifest["files"].push_back({{"path", "v2l.safetensors"}, {"bytes", 3}});
  expectRefused(ErrorCode::CorruptFile, "imageEncoder");
  manifest["imageEncoder"] = {{"type", "efficientnet-lite"}, {"file", "llm/model.gguf"}};
  const auto pack = read();
  ASSERT_TRUE(pack) << pack.error().message;
  ASSERT_TRUE(pack->video);
  EXPECT_FALSE(pack->image);
  EXPECT_EQ(pack->video->wrap.before, "Clip:");
  EXPECT_EQ(pack->video->defaultQuestion, "What happens?");
}

TEST_F(PackTest, ReadsWhatItSaysOfItsImageEncoder) {
  manifest["imageEncoder"] = {{"type", "eva-vit"}, {"file", "llm/model.gguf"}};
  ASSERT_TRUE(read());
  EXPECT_TRUE(read()->imageEncoder->config.empty());
  manifest["imageEncoder"]["config"] = {{"finalNorm", false}};
  EXPECT_EQ(read()->imageEncoder->config, json({{"finalNorm", false}}));
  manifest["imageEncoder"]["config"] = 4;
  expectRefused(ErrorCode::CorruptFile, "\"config\" must be an object");
}

TEST_F(PackTest, ReadsItsVoiceDetector) {
  EXPECT_FALSE(read()->voiceActivity);
  manifest["voiceActivity"] = {{"type", "silero"}, {"file", "llm/model.gguf"}};
  ASSERT_TRUE(read()->voiceActivity);
  EXPECT_EQ(read()->voiceActivity->type, "silero");
  manifest["voiceActivity"]["file"] = "voice-activity/nowhere.safetensors";
  expectRefused(ErrorCode::CorruptFile, "voice-activity/nowhere.safetensors");
  manifest["voiceActivity"] = {{"type", "silero"}};
  expectRefused(ErrorCode::CorruptFile, "voiceActivity");
}

TEST_F(PackTest, IgnoresFieldsOfTheFuture) {
  manifest["invented"] = 7;
  EXPECT_TRUE(read());
}

TEST_F(PackTest, RefusesAnotherFormat) {
  manifest["format"] = 2;
  expectRefused(ErrorCode::Unsupported, "format 2");
  manifest["format"] = "one";
  expectRefused(ErrorCode::CorruptFile, "\"format\"");
}

TEST_F(PackTest, RefusesFileNamesThatLeadOut) {
  for (const char* name : {"../model.gguf", "/etc/passwd", "llm/../../x"}) {
    manifest["languageModel"]["file"] = name;
    expectRefused(ErrorCode::CorruptFile, name);
  }
}

// Whoever copies a pack takes all that it lists.
TEST_F(PackTest, RefusesListedFilesThatLeadOutAlsoUnusedOnes) {
  for (const char* name : {"../x", "/etc/passwd", "llm/../../x"}) {
    manifest["files"][1] = {{"path", name}, {"bytes", 1}};
    expectRefused(ErrorCode::CorruptFile, "\"" + std::string(name) + "\" leads out");
  }
}

TEST_F(PackTest, NamesWhatIsMissing) {
  manifest["languageModel"].erase("chatTemplate");
  expectRefused(ErrorCode::CorruptFile, "\"chatTemplate\"");
}

TEST_F(PackTest, NoticesAFileThatIsGoneOrHasAnotherSize) {
  manifest["files"][0]["bytes"] = 6;
  expectRefused(ErrorCode::CorruptFile, "5 bytes instead of 6");
  fs::remove(folder / "llm/model.gguf");
  expectRefused(ErrorCode::NotFound, "llm/model.gguf");
}

TEST_F(PackTest, RefusesAFileThatIsNotListed) {
  manifest["files"] = json::array();
  expectRefused(ErrorCode::CorruptFile, "not listed");
}

TEST_F(PackTest, AnInterfaceNeedsItsEncoder) {
  std::ofstream(folder / "i2l.safetensors") << "x";
  manifest["interfaces"]["image"] = {{"file", "i2l.safetensors"}, {"config", json::object()}};
  manifest["files"].push_back({{"path", "i2l.safetensors"}, {"bytes", 1}});
  expectRefused(ErrorCode::CorruptFile, "imageEncoder");
}

TEST_F(PackTest, RefusesTextThatIsNotJson) {
  std::ofstream(folder / "pack.json") << "{ \"format\": ";
  const auto pack = readPack(folder);
  ASSERT_FALSE(pack);
  EXPECT_EQ(pack.error().code, ErrorCode::CorruptFile);
}

TEST_F(PackTest, AFolderWithoutDescriptionIsNoPack) {
  const auto pack = readPack(folder);
  ASSERT_FALSE(pack);
  EXPECT_EQ(pack.error().code, ErrorCode::NotFound);
}

TEST_F(PackTest, FindsPacksByNameAndSaysWhereItLooked) {
  std::ofstream(folder / "pack.json") << manifest.dump();
  ::setenv("XLLM_PACKS", folder.parent_path().c_str(), 1);
  const auto found = findPack(folder.filename().string(), "/usr/bin/xllm");
  const auto missing = findPack("no-such-pack", "/usr/bin/xllm");
  ::unsetenv("XLLM_PACKS");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, folder);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/usr/share/xllm/packs/no-such-pack"), std::string::npos);
}

TEST_F(PackTest, AFolderThatIsNoPackDoesNotHideThePackOfThatName) {
  std::ofstream(folder / "pack.json") << manifest.dump();
  ::setenv("XLLM_PACKS", folder.parent_path().c_str(), 1);
  const auto before = std::filesystem::current_path();
  const auto elsewhere = folder / "elsewhere";
  std::filesystem::create_directories(elsewhere / folder.filename());
  std::filesystem::current_path(elsewhere);
  const auto byName = findPack(folder.filename().string(), "/usr/bin/xllm");
  std::filesystem::current_path(before);
  ::unsetenv("XLLM_PACKS");
  ASSERT_TRUE(byName);
  EXPECT_EQ(*byName, folder);
}

TEST(Presets, AreFoundByNameAndNamed) {
  const auto program = std::filesystem::path(XLLM_TEST_DIR) / "../build/dev/bin/xllm";
  const auto preset = findPreset("own-pictures-stage1", program);
  ASSERT_TRUE(preset) << preset.error().message;
  EXPECT_TRUE(std::filesystem::is_regular_file(*preset));
  const auto noPreset = findPreset("own-picture", program);
  ASSERT_FALSE(noPreset);
  EXPECT_NE(noPreset.error().message.find("own-pictures-stage1, own-pictures-stage2"), std::string::npos);
}

}  // namespace
}  // namespace xllm::model
