#include "core/importing/trained_pack.h"

#include <fstream>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/model/pack_library.h"
#include "core/weights/checkpoint.h"
#include "tests/core/data/scratch.h"
#include "tests/support/small_pack.h"

namespace xllm::importing {
namespace {

using nlohmann::json;
using tests::Scratch;

struct Packs : Scratch {
  Packs() {
    tests::makeSmallPack(path() / "old", "Old pack");
    json manifest = json::parse(tests::readFile(path() / "old/pack.json"));
    manifest["imageEncoder"] = {{"type", "efficientnet-lite"}, {"file", "llm/model.gguf"}};  // nothing loads from it
    manifest["speechEncoder"] = {{"type", "whisper"}, {"file", "llm/model.gguf"}};
    write("old/pack.json", manifest.dump());
    pack = *model::readPack(path() / "old");
  }
  // A run that exported `tensors`.
  std::filesystem::path run(const std::string& name, const json& config, const json& sizes,
                            const std::vector<std::pair<std::string, at::Tensor>>& tensors) const {
    const auto folder = path() / name;
    write(name + "/run.json", json{{"config", config}}.dump());
    write(name + "/metrics.jsonl",
          "{\"step\": 3, \"validation\": {\"loss\": 2.5}}\n{\"step\": 90, \"validation\": {\"loss\": 9.0}}\n");
    const auto saved =
        weights::saveSafetensors(folder / "interface.safetensors", tensors, {{"config", sizes.dump()}, {"step", "7"}});
    if (!saved) throw std::runtime_error(saved.error().message);
    return folder;
  }
  model::Pack pack;
};

TEST(TrainedPack, HasTheNewInterfaceAndACard) {
  const Packs packs;
  const auto run = packs.run("run", {{"stage", "image-captions"}, {"before", "P:"}, {"after", "."}, {"seed", 4}},
                             {{"queries", 8}}, {{"query_tokens", torch::ones({1, 8, 4})}});
  const auto made = packTrained(packs.pack, {run}, "Mine", packs.path() / "packs/mine");
  ASSERT_TRUE(made) << made.error().message;
  const auto pack = model::readPack(packs.path() / "packs/mine");
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->name, "Mine");
  ASSERT_TRUE(pack->image);
  EXPECT_EQ(pack->image->config, (json{{"queries", 8}}));
  EXPECT_EQ(pack->image->wrap.before, "P:");
  EXPECT_TRUE(model::verifyPack(pack->folder, {}, {}));
  const std::string card = tests::readFile(pack->folder / "card.md");
  EXPECT_NE(card.find("7 steps of 16 examples, seed 4"), std::string::npos) << card;
  EXPECT_NE(card.find("| loss | 2.5 |"), std::string::npos) << card;  // not that of a later step
}

TEST(TrainedPack, OfStageThreeTakesItsInterfacesApart) {
  const Packs packs;
  const json sizes = {{"image", {{"queries", 8}}}, {"speech", {{"hidden", 3}}}};
  const auto run = packs.run("run",
                             {{"stage", "integrate"},
                              {"interface", sizes},
                              {"parts", {{"image", {{"before", "P:"}}}, {"speech", json::object()}}}},
                             sizes,
                             {{"image.query_tokens", torch::full({2, 3}, 5.0)},
                              {"speech.weight", torch::arange(6, torch::kFloat)},
                              {"image.bias", torch::full({3}, 7.0)}});
  const auto made = packTrained(packs.pack, {run}, "Mine", packs.path() / "mine");
  ASSERT_TRUE(made) << made.error().message;
  const auto pack = model::readPack(packs.path() / "mine");
  ASSERT_TRUE(pack) << pack.error().message;
  ASSERT_TRUE(pack->image && pack->speech);
  const auto image = weights::Checkpoint::open(pack->locate(pack->image->file));
  const auto speech = weights::Checkpoint::open(pack->locate(pack->speech->file));
  ASSERT_TRUE(image && speech);
  EXPECT_EQ((*image)->tensors().size(), 2U);
  EXPECT_TRUE(torch::equal(*(*image)->load("bias"), torch::full({3}, 7.0)));
  EXPECT_TRUE(torch::equal(*(*image)->load("query_tokens"), torch::full({2, 3}, 5.0)));
  EXPECT_TRUE(torch::equal(*(*speech)->load("weight"), torch::arange(6, torch::kFloat)));
  EXPECT_EQ(json::parse(*(*speech)->text("config")), (json{{"hidden", 3}}));
}

TEST(TrainedPack, OfARunWithoutWeightsIsRefusedAndLeavesNothing) {
  const Packs packs;
  packs.write("run/run.json", "{}");
  const auto made = packTrained(packs.pack, {packs.path() / "run"}, "Mine", packs.path() / "mine");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::NotFound);
  EXPECT_FALSE(std::filesystem::exists(packs.path() / "mine"));
  EXPECT_FALSE(std::filesystem::exists(packs.path() / ".mine.part"));
}

TEST(TrainedPack, OfADamagedRunIsRefusedAndLeavesNothing) {
  const Packs packs;
  const json sizes = {{"image", {{"queries", 8}}}};
  const json config = {{"stage", "integrate"}, {"interface", sizes}};
  const auto expectRefused = [&](const std::filesystem::path& run, const std::string& mention) {
    const auto made = packTrained(packs.pack, {run}, "Mine", packs.path() / "mine");
    ASSERT_FALSE(made) << mention;
    EXPECT_EQ(made.error().code, ErrorCode::CorruptFile) << made.error().message;
    EXPECT_NE(made.error().message.find(mention), std::string::npos) << made.error().message;
    EXPECT_FALSE(std::filesystem::exists(packs.path() / ".mine.part"));
  };
  // Headers that no tensor can be read by: no object, and more bytes than there are.
  const auto torn = packs.run("torn", config, sizes, {{"image.bias", torch::ones({3})}});
  for (const std::string about : {R"(7)", R"({"dtype":"F32","shape":[3],"data_offsets":[0,9223372036854775807]})"}) {
    const std::string header = R"({"image.bias":)" + about + "}";
    std::string length(8, '\0');
    length[0] = static_cast<char>(header.size());
    packs.write("torn/interface.safetensors", length + header + "012345678901");
    expectRefused(torn, "interface.safetensors");
  }
  packs.run("strange", config, sizes, {{"image.bias", torch::ones({3})}});
  for (const json& wrong :
       {json{{"parts", 7}}, json{{"batch", "many"}}, json{{"interface", {{"image", 7}}}, {"parts", 1}}}) {
    json described = config;
    described.update(wrong);
    packs.write("strange/run.json", json{{"config", described}}.dump());
    expectRefused(packs.path() / "strange", "strange");
  }
}

TEST(TrainedPack, OfARunThatNamesNoPartsHasNothingAroundItsPictures) {
  const Packs packs;
  const json sizes = {{"image", {{"queries", 8}}}};
  const auto run = packs.run("run", {{"stage", "integrate"}, {"interface", sizes}}, sizes,
                             {{"image.query_tokens", torch::full({2, 3}, 5.0)}});
  const auto made = packTrained(packs.pack, {run}, "Mine", packs.path() / "mine");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(model::readPack(packs.path() / "mine")->image->wrap.before, "");
}

TEST(TrainedPack, WithANameThatIsNotUtf8IsRefused) {
  const Packs packs;
  const auto run = packs.run("run", {{"stage", "image-captions"}}, {{"queries", 8}}, {{"x", torch::ones({2})}});
  const auto made = packTrained(packs.pack, {run}, "caf\xE9", packs.path() / "mine");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::BadInput);
  EXPECT_NE(made.error().message.find("UTF-8"), std::string::npos) << made.error().message;
}

}  // namespace
}  // namespace xllm::importing
