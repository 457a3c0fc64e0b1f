#include "core/training/train_config.h"

#include <gtest/gtest.h>

#include "core/encoders/speech_encoder.h"
#include "tests/core/data/scratch.h"

namespace xllm::training {
namespace {

using nlohmann::json;

json speech() {
  return {{"stage", "speech-recognition"},
          {"run", "runs/a"},
          {"languageModel", "llm.gguf"},
          {"encoder", "e.bin"},
          {"train", "t.jsonl"},
          {"validation", "v.jsonl"},
          {"store", "features"},
          {"interface", {{"hidden", 64}}}};
}

std::string refusalOf(const json& config) {
  const auto read = trainConfig(config, "/base");
  return read ? "accepted" : read.error().message;
}

TEST(TrainConfig, FillsInWhatIsNotGivenAndPlacesPaths) {
  json given = speech();
  given["folder"] = "work";
  given["learningRate"] = 0.002;
  const auto config = trainConfig(given, "/base");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->run, "/base/work/runs/a");
  EXPECT_EQ(config->speech.encoder, "/base/work/e.bin");
  EXPECT_EQ(config->speech.encoderKind.type, "whisper");
  EXPECT_TRUE(config->init.empty());
  EXPECT_DOUBLE_EQ(config->optimizer.learningRate, 0.002);
  EXPECT_EQ(config->optimizer.batch, 16);
  EXPECT_EQ(config->interface["hidden"], 64);
  given["folder"] = "/elsewhere";
  EXPECT_EQ(trainConfig(given, "/base")->run, "/elsewhere/runs/a");
}

TEST(TrainConfig, RefusesUnknownKeysWithTheNearestRightOne) {
  json given = speech();
  given["learningrate"] = 0.1;
  const std::string refusal = refusalOf(given);
  EXPECT_NE(refusal.find("learningrate"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("learningRate"), std::string::npos) << refusal;
}

TEST(TrainConfig, SaysWhichStageThereIsNotBeforeAnythingElse) {
  json given = speech();
  given["stage"] = "speech-recogniton";
  given["vocabularySample"] = 100;
  const std::string said = refusalOf(given);
  EXPECT_NE(said.find("speech-recogniton"), std::string::npos) << said;
  EXPECT_NE(said.find("speech-recognition"), std::string::npos) << said;
}

TEST(TrainConfig, SaysInWhichLineItIsNoJsonAndWhichFolderIsMissing) {
  const tests::Scratch scratch;
  const auto file = scratch.write("broken.json", "{\n  \"stage\": \"image-text\"\n  \"run\": \"r\"\n}\n");
  const auto broken = readTrainConfig(file);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("line 3"), std::string::npos) << broken.error().message;
  const auto whole = scratch.write("whole.json", speech().dump());
  const auto lost = readTrainConfig(whole, {"folder=nowhere"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::NotFound);
  EXPECT_NE(lost.error().message.find("nowhere is not there"), std::string::npos) << lost.error().message;
}

TEST(TrainConfig, PlacesAreRelativeToWhereOneIsAndInPacks) {
  const tests::Scratch scratch;
  const auto file = scratch.write("whole.json", speech().dump());
  const auto here = readTrainConfig(file, {}, "/somewhere");
  ASSERT_TRUE(here) << here.error().message;
  EXPECT_EQ(here->run, "/somewhere/runs/a");
  json given = speech();
  given["languageModel"] = "pack:no-such-pack/llm.gguf";
  EXPECT_NE(refusalOf(given).find("There is no model pack \"no-such-pack\""), std::string::npos) << refusalOf(given);
}

TEST(TrainConfig, RefusesWhatDoesNotBelongToTheStage) {
  json given = speech();
  given["mixupShare"] = 0.1;  // a picture stage's
  EXPECT_NE(refusalOf(given).find("mixupShare"), std::string::npos);
  given = speech();
  given["dialogues"] = json::array();
  EXPECT_NE(refusalOf(given).find("dialogues"), std::string::npos);
}

TEST(TrainConfig, RefusesWrongTypesRangesAndMissingKeys) {
  const std::vector<std::pair<std::string, json>> wrong{
      {"steps", 0},        {"steps", "many"},     {"batch", 1.5}, {"learningRate", -1},
      {"stage", "speech"}, {"precision", "half"}, {"run", 3}};
  for (const auto& [key, value] : wrong) {
    json given = speech();
    given[key] = value;
    EXPECT_NE(refusalOf(given).find(key), std::string::npos) << key << ": " << refusalOf(given);
  }
  for (const char* needed : {"stage", "run", "languageModel", "encoder", "train", "validation", "store", "interface"}) {
    json given = speech();
    given.erase(needed);
    EXPECT_NE(refusalOf(given).find(needed), std::string::npos) << needed << ": " << refusalOf(given);
  }
  EXPECT_NE(refusalOf(json::array()), "accepted");
}

TEST(TrainConfig, ChoosesAPrecisionThatThisProcessorIsFastWith) {
  json given = speech();
  given.erase("precision");
  const auto byItself = trainConfig(given, "/data");
  given["precision"] = "automatic";
  const auto asked = trainConfig(given, "/data");
  ASSERT_TRUE(byItself && asked);
  const bool inHardware = encoders::fastestPrecision() == encoders::Precision::BFloat16;
  EXPECT_EQ(byItself->precision, inHardware ? ComputePrecision::BFloat16 : ComputePrecision::Float32);
  EXPECT_EQ(asked->precision, byItself->precision);
  EXPECT_EQ(toString(byItself->precision), inHardware ? "bfloat16" : "float32");
}

TEST(TrainConfig, ReadsAFileAndItsOverrides) {
  const tests::Scratch folder;
  const auto file = folder.write("speech.json", speech().dump());
  const auto config = readTrainConfig(file, {"steps=7", "interface.layers=3", "run=elsewhere", "seed=9"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->optimizer.steps, 7);
  EXPECT_EQ(config->interface["layers"], 3);
  EXPECT_EQ(config->run, folder.path() / "elsewhere");
  EXPECT_EQ(config->seed, 9);
  EXPECT_FALSE(readTrainConfig(file, {"steps"}));
  EXPECT_FALSE(readTrainConfig(file, {"nonsense=1"}));
  EXPECT_EQ(readTrainConfig(file, {"run=caf\xE9"}).error().code, ErrorCode::BadInput);  // run.json could not name it
  EXPECT_EQ(readTrainConfig(folder.path() / "none.json").error().code, ErrorCode::NotFound);
  EXPECT_EQ(readTrainConfig(folder.write("broken.json", "{\"a\": ")).error().code, ErrorCode::BadInput);
}

TEST(TrainConfig, ReadsWhatKindOfSpeechEncoderItIs) {
  json given = speech();
  given["encoderType"] = "funasr-conformer";
  given["encoderStatistics"] = "am.mvn";
  given["encoderPositions"] = "latest";
  const auto config = trainConfig(given, "/base");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->speech.encoderKind.type, "funasr-conformer");
  EXPECT_EQ(config->speech.encoderKind.statistics, "/base/am.mvn");
  EXPECT_EQ(config->speech.encoderKind.positions, "latest");
}

TEST(TrainConfig, ReadsTheStarterRecipes) {
  const std::filesystem::path recipes = std::filesystem::path(XLLM_TEST_DIR).parent_path() / "packaging" / "starter";
  for (const char* name : {"image_words.json", "image_language.json", "speech.json", "speech_language.json",
                           "integrate.json", "video_words.json", "video_language.json"}) {
    const auto config = readTrainConfig(recipes / name, {"folder=/work"});
    EXPECT_TRUE(config) << name << ": " << (config ? "" : config.error().message);
  }
}

TEST(TrainConfig, ReadsAnswersToWhatIsSaid) {
  json given = speech();
  given["stage"] = "speech-language";
  given["before"] = "Heard:";
  given["answer"] = "{text}";
  given["wordWeight"] = 0.5;
  const auto config = trainConfig(given, "/base");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->stage, Stage::SpeechLanguage);
  EXPECT_EQ(config->speech.prompts.before, "Heard:");
  EXPECT_EQ(config->speech.prompts.answer, "{text}");
  EXPECT_DOUBLE_EQ(config->speech.wordWeight, 0.5);
  EXPECT_DOUBLE_EQ(config->speech.languageWeight, 1.0);
  given["vocabularySample"] = 100;  // the language model is fed from its whole vocabulary
  EXPECT_NE(refusalOf(given).find("vocabularySample"), std::string::npos);
  given.erase("vocabularySample");
  given["stage"] = "speech-recognition";
  EXPECT_NE(refusalOf(given).find("\"a"), std::string::npos) << refusalOf(given);  // "answer", of the other stage
}

json integrate() {
  json given = speech();
  given["stage"] = "integrate";
  given.erase("encoder");
  given["tasks"] = {{"dialogue", 2}};
  given["parts"] = {{"image", {{"encoder", "e.bin"}, {"init", "runs/b"}, {"before", "<"}}}};
  given["interface"] = {{"image", {{"hidden", 64}}}};
  return given;
}

TEST(TrainConfig, ReadsStage3WithItsParts) {
  json given = integrate();
  given["folder"] = "work";
  const auto config = trainConfig(given, "/base");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->integrate.parts.at("image").init, "/base/work/runs/b");
  EXPECT_EQ(config->integrate.parts.at("image").before, "<");
  EXPECT_DOUBLE_EQ(config->integrate.tasks.at("dialogue"), 2.0);
  const tests::Scratch folder;
  const auto deep = readTrainConfig(folder.write("x.json", integrate().dump()),
                                    {"interface.image.hidden=32", "parts.image.init=other", "tasks.dialogue=3"});
  ASSERT_TRUE(deep) << deep.error().message;
  EXPECT_EQ(deep->interface["image"]["hidden"], 32);
  EXPECT_EQ(deep->integrate.parts.at("image").init, folder.path() / "other");
  EXPECT_FALSE(readTrainConfig(folder.path() / "x.json", {"run.deeper=3"}));
}

TEST(TrainConfig, RefusesPartsThatDoNotFitTogether) {
  const auto expect = [](const char* key, const json& value, const char* what) {
    json given = integrate();
    given[key] = value;
    EXPECT_NE(refusalOf(given).find(what), std::string::npos) << refusalOf(given);
  };
  expect("init", "runs/c", "\"init\"");
  expect("encoder", "e.bin", "encoder");
  expect("tasks", {{"dialogue", 0}}, "weights above 0");
  expect("parts", json(), "needs \"parts\"");
  expect("parts", {{"smell", json::object()}}, "\"smell\"");
  expect("parts", {{"image", {{"encoder", "e"}, {"init", "i"}, {"befor", "x"}}}}, "befor");
  expect("parts", {{"image", {{"encoder", "e"}}}}, "\"init\"");
  expect("interface", {{"image", json::object()}, {"speech", json::object()}}, "\"speech\"");
  expect("interface", {{"speech", json::object()}}, "needs \"image\"");
  json given = speech();
  given["parts"] = json::object();
  EXPECT_NE(refusalOf(given).find("parts"), std::string::npos) << refusalOf(given);
}

TEST(TrainConfig, ReadsTheStagesOnCaptionedPictures) {
  json given = speech();
  given["stage"] = "image-text";
  given.erase("validation");
  given["longestText"] = 12;
  const auto first = trainConfig(given, "/base");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->captioned.validation.empty());
  EXPECT_EQ(first->captioned.train, "/base/t.jsonl");
  EXPECT_EQ(first->imageText.longestText, 12);
  given["dialogues"] = json::array({{{"ask", "What?"}, {"answer", "{caption}"}}});
  EXPECT_NE(refusalOf(given).find("dialogues"), std::string::npos);
  given["stage"] = "image-captions";
  EXPECT_NE(refusalOf(given).find("longestText"), std::string::npos);
  given.erase("longestText");
  const auto second = trainConfig(given, "/base");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->imageCaptions.prompts.dialogues.front().answer, "{caption}");
  given["validationShare"] = 0.0;
  EXPECT_NE(refusalOf(given).find("validationShare"), std::string::npos);
}

}  // namespace
}  // namespace xllm::training
