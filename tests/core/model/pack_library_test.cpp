#include "core/model/pack_library.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/weights/safetensors_writer.h"
#include "tests/core/data/scratch.h"
#include "tests/support/small_pack.h"

namespace xllm::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tests::makeSmallPack;
using tests::readFile;

class PackLibraryTest : public ::testing::Test {
 protected:
  tests::Scratch scratch;
  fs::path source = scratch.path() / "somewhere/mine";
  fs::path own = scratch.path() / "data/packs";

  Result<fs::path> install(const fs::path& from) { return installPack(from, own, {}, {}); }
  std::vector<std::string> inOwnFolder() const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(own, ignored)) names.push_back(entry.path().filename().string());
    return names;
  }
  fs::path archive(const std::string& prefix) {
    std::vector<std::pair<std::string, std::string>> members;
    for (const char* name : {"pack.json", "llm/model.gguf", "llm/tokenizer.json"})
      members.emplace_back(prefix + name, readFile(source / name));
    tests::writeFile(scratch.path() / "mine.xpack", tests::storedZip(members));
    return scratch.path() / "mine.xpack";
  }
};

TEST_F(PackLibraryTest, InstallsAFolderWithAllItsFiles) {
  makeSmallPack(source, "X-LLM \xC3\xA9tude (small)", 3'000'000);
  std::vector<double> fractions;
  const auto folder =
      installPack(source, own, {}, [&](double fraction, const std::string&) { fractions.push_back(fraction); });
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->filename(), "x-llm-tude-small-1.2");
  EXPECT_EQ(inOwnFolder().size(), 1U);
  for (const char* name : {"pack.json", "llm/model.gguf", "llm/tokenizer.json"})
    EXPECT_EQ(readFile(*folder / name), readFile(source / name)) << name;
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
  EXPECT_GE(fractions.size(), 3U);
  EXPECT_DOUBLE_EQ(fractions.back(), 1);
}

TEST_F(PackLibraryTest, InstallsAnArchiveOfTheFolderOrOfWhatIsInIt) {
  makeSmallPack(source);
  for (const char* prefix : {"", "mine/"}) {
    const auto folder = install(archive(prefix));
    ASSERT_TRUE(folder) << folder.error().message;
    EXPECT_EQ(readFile(*folder / "llm/model.gguf"), readFile(source / "llm/model.gguf"));
    ASSERT_TRUE(removePack(*folder, own));
    EXPECT_TRUE(inOwnFolder().empty());
  }
}

TEST_F(PackLibraryTest, ADamagedPackLeavesNothingBehind) {
  makeSmallPack(source);
  tests::writeFile(source / "llm/model.gguf", std::string(5000, 'x'));
  const auto folder = install(source);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(folder.error().message.find("llm/model.gguf"), std::string::npos);
  EXPECT_TRUE(inOwnFolder().empty());
}

// Packs of `xllm import` have no hashes.
TEST_F(PackLibraryTest, WithoutHashesALostEndIsNoticed) {
  makeSmallPack(source);
  auto manifest = json::parse(readFile(source / "pack.json"));
  manifest["files"].push_back({{"path", "card.md"}, {"bytes", 12}});
  manifest["files"].push_back({{"path", "notes.md"}, {"bytes", 3}});
  tests::writeFile(source / "pack.json", manifest.dump());
  tests::writeFile(source / "card.md", "# My pac");
  const auto folder = install(source);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(folder.error().message.find("card.md"), std::string::npos) << folder.error().message;
  EXPECT_TRUE(inOwnFolder().empty());
  const auto checked = verifyPack(source, {}, {});
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("card.md (8 bytes instead of 12)"), std::string::npos)
      << checked.error().message;
  EXPECT_NE(checked.error().message.find("notes.md (missing)"), std::string::npos) << checked.error().message;
}

// As from a drive that fails: a folder can be opened, and not be read.
TEST_F(PackLibraryTest, AFileThatCannotBeReadIsTold) {
  makeSmallPack(source);
  fs::remove(source / "llm/tokenizer.json");
  fs::create_directories(source / "llm/tokenizer.json");
  const auto folder = install(source);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("llm/tokenizer.json cannot be read"), std::string::npos)
      << folder.error().message;
  EXPECT_TRUE(inOwnFolder().empty());
}

TEST_F(PackLibraryTest, StoppingLeavesNothingBehind) {
  makeSmallPack(source, "Large", 8'000'000);
  std::stop_source stop;
  const auto folder = installPack(source, own, stop.get_token(), [&](double fraction, const std::string&) {
    if (fraction > 0.3) stop.request_stop();
  });
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::Cancelled);
  EXPECT_TRUE(inOwnFolder().empty());
}

TEST_F(PackLibraryTest, RefusesWhatIsNoPackOrIsThereAlready) {
  fs::create_directories(source);
  EXPECT_EQ(install(source).error().code, ErrorCode::BadInput);
  tests::writeFile(scratch.path() / "text.xpack", "this is no archive");
  EXPECT_EQ(install(scratch.path() / "text.xpack").error().code, ErrorCode::CorruptFile);
  EXPECT_EQ(install(scratch.path() / "not-there").error().code, ErrorCode::NotFound);
  makeSmallPack(source);
  ASSERT_TRUE(install(source));
  const auto again = install(source);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::BadInput);
  EXPECT_NE(again.error().message.find("installed already"), std::string::npos);
  EXPECT_EQ(inOwnFolder().size(), 1U);
}

TEST_F(PackLibraryTest, WritesNothingOutsideOfItsFolder) {
  makeSmallPack(source);
  auto manifest = nlohmann::json::parse(readFile(source / "pack.json"));
  manifest["files"].push_back({{"path", "../../evil"}, {"bytes", 4}});
  tests::writeFile(source / "pack.json", manifest.dump());
  tests::writeFile(source / "../../evil", "evil");
  const auto folder = install(source);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(folder.error().message.find("leads out"), std::string::npos) << folder.error().message;
  EXPECT_TRUE(inOwnFolder().empty());
  EXPECT_FALSE(fs::exists(own / "../evil"));
}

TEST_F(PackLibraryTest, ChecksEveryFileAndNamesAllThatAreWrong) {
  makeSmallPack(source);
  EXPECT_TRUE(verifyPack(source, {}, {}));
  tests::writeFile(source / "llm/model.gguf", std::string(4999, 'w') + "v");
  fs::remove(source / "llm/tokenizer.json");
  const auto checked = verifyPack(source, {}, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::CorruptFile);
  EXPECT_NE(checked.error().message.find("llm/model.gguf"), std::string::npos);
  EXPECT_NE(checked.error().message.find("llm/tokenizer.json (missing)"), std::string::npos);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(verifyPack(source, stop.get_token(), {}).error().code, ErrorCode::Cancelled);
}

TEST_F(PackLibraryTest, ListsEveryPackOnceAlsoThoseThatCannotBeUsed) {
  makeSmallPack(own / "b", "B");
  makeSmallPack(scratch.path() / "program/a", "A");
  tests::writeFile(own / "broken/pack.json", "{");
  makeSmallPack(own / ".installing-7", "Half");
  const auto found =
      findPacks({own, scratch.path() / "program", scratch.path() / "program/../program", scratch.path() / "nowhere"});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].pack->name, "A");
  EXPECT_FALSE(found[0].own);
  EXPECT_EQ(found[1].pack->name, "B");
  EXPECT_TRUE(found[1].own);
  EXPECT_EQ(storedBytes(*found[1].pack), 5002U);
  EXPECT_FALSE(found[2].pack);
  for (const FoundPack& each : findPacks({own, own})) EXPECT_FALSE(each.own) << "it came with the program";
}

TEST_F(PackLibraryTest, BorrowsAVoiceDetectorWhereTheLoadedPackHasNone) {
  const auto give = [](const fs::path& pack, const char* type) {
    auto manifest = json::parse(tests::readFile(pack / "pack.json"));
    manifest["voiceActivity"] = {{"type", type}, {"file", "llm/tokenizer.json"}};
    tests::writeFile(pack / "pack.json", manifest.dump());
  };
  const fs::path loaded = scratch.path() / "elsewhere/loaded", shipped = scratch.path() / "program/z";
  makeSmallPack(loaded);
  makeSmallPack(own / "a", "A");
  makeSmallPack(shipped, "Z");
  const std::vector<fs::path> folders = {own, scratch.path() / "program", scratch.path() / "nowhere"};
  EXPECT_EQ(findVoiceActivity(loaded, folders), std::nullopt);
  give(own / "a", "another");  // a kind that this program does not read
  give(shipped, "silero");
  tests::writeFile(own / "broken/pack.json", "{");
  EXPECT_EQ(findVoiceActivity(loaded, folders), shipped / "llm/tokenizer.json");
  EXPECT_EQ(findVoiceActivity({}, folders), shipped / "llm/tokenizer.json");
  give(own / "a", "silero");
  EXPECT_EQ(findVoiceActivity(loaded, folders), own / "a" / "llm/tokenizer.json");
  give(loaded, "silero");
  EXPECT_EQ(findVoiceActivity(loaded, folders), loaded / "llm/tokenizer.json");
}

TEST_F(PackLibraryTest, AnInstallationThatDiedIsClearedAwayByALaterOne) {
  makeSmallPack(source);
  for (const char* name : {".installing-1-1", ".installing-2-1"})
    tests::writeFile(own / name / "llm/model.gguf", "half");
  fs::last_write_time(own / ".installing-1-1", fs::file_time_type::clock::now() - std::chrono::hours(30));
  ASSERT_TRUE(install(source));
  EXPECT_FALSE(fs::exists(own / ".installing-1-1"));
  EXPECT_TRUE(fs::exists(own / ".installing-2-1"));  // another program may be at it
}

// The language model runs as it is stored; what is stored in 16 bits beside it is opened to 32.
TEST_F(PackLibraryTest, TellsWhatAPackTakesInMemory) {
  makeSmallPack(source);
  auto manifest = nlohmann::json::parse(readFile(source / "pack.json"));
  ASSERT_TRUE(weights::saveSafetensors(source / "eyes.safetensors",
                                       {{"a", at::zeros({100, 30}, at::kHalf)}, {"b", at::zeros({50}, at::kHalf)}}));
  const auto bytes = fs::file_size(source / "eyes.safetensors");
  manifest["imageEncoder"] = {{"type", "clip"}, {"file", "eyes.safetensors"}};
  manifest["files"].push_back({{"path", "eyes.safetensors"}, {"bytes", bytes}});
  tests::writeFile(source / "pack.json", manifest.dump());
  const auto pack = readPack(source);
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(memoryBytes(*pack), 5002U + 4 * (3000 + 50));
  EXPECT_EQ(storedBytes(*pack), 5002U + bytes);
}

TEST_F(PackLibraryTest, RemovesOnlyWhatTheUserInstalled) {
  fs::create_directories(own / "letters");
  makeSmallPack(scratch.path() / "program/starter");
  EXPECT_FALSE(removePack(scratch.path() / "program/starter", own));
  EXPECT_TRUE(fs::exists(scratch.path() / "program/starter/pack.json"));
  EXPECT_FALSE(removePack(own / "letters", own));  // no pack
  EXPECT_TRUE(fs::exists(own / "letters"));
  makeSmallPack(source);
  const auto folder = install(source);
  ASSERT_TRUE(folder);
  EXPECT_EQ(install(*folder / "").error().code, ErrorCode::BadInput);
  EXPECT_TRUE(removePack(*folder / "", own));  // as shells complete it
  EXPECT_FALSE(fs::exists(*folder));
}

}  // namespace
}  // namespace xllm::model
