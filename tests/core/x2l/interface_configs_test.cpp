#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/x2l/image_interface.h"
#include "core/x2l/speech_interface.h"

namespace xllm::x2l {
namespace {

using nlohmann::json;

// What the reader says to `text`; empty when it takes it.
std::string imageComplaint(const char* text) {
  const auto config = imageInterfaceConfig(json::parse(text));
  return config ? "" : config.error().message;
}

std::string speechComplaint(const char* text) {
  const auto config = speechInterfaceConfig(json::parse(text));
  return config ? "" : config.error().message;
}

TEST(InterfaceConfigs, DefaultToThePaper) {
  const auto image = imageInterfaceConfig(json::object());
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->hidden, 768);
  EXPECT_EQ(image->queries, 32);
  EXPECT_EQ(image->llmWidth, 4096);
  const auto speech = speechInterfaceConfig(json::object());
  ASSERT_TRUE(speech.has_value());
  EXPECT_EQ(speech->layers, 12);
  EXPECT_EQ(speech->adapter, SpeechAdapter::Linear);
}

TEST(InterfaceConfigs, ReadWhatTheyWrite) {
  const auto image = json::parse(R"({"featureWidth": 1280, "featureNorm": true, "poolTo": 3, "cellPositions": true,
    "usePooled": true, "classes": 1000, "classPower": 0.5, "hidden": 384, "layers": 2, "heads": 6, "intermediate": 1536,
    "crossAttentionEvery": 1, "queries": 8, "timePositions": 16, "clipQueries": "joint", "motionUnits": 32, "normEpsilon": 1e-5, "dropout": 0.1, "llmWidth": 576})");
  const auto imageConfig = imageInterfaceConfig(image);
  ASSERT_TRUE(imageConfig.has_value()) << imageConfig.error().message;
  EXPECT_EQ(toJson(*imageConfig), image);
  const auto speech = json::parse(R"({"featureWidth": 512, "convolutionStride": 2, "frontWidth": 384, "frontLayers": 2,
    "frontHeads": 6, "frontIntermediate": 1536, "ctcAlphabet": " 'abc", "ctcSteps": 2, "cifKernel": 5, "cifTailThreshold": 0.4,
    "cifInput": false, "projectionRelu": false, "hidden": 384, "layers": 4, "heads": 6, "intermediate": 1536,
    "positions": 256, "formerNorm": "before", "normEpsilon": 1e-5, "dropout": 0.1, "adapter": "vocabulary",
    "adapterRelu": false, "vocabularyHead": "tied", "vocabularyBias": true, "spellingPlaces": 12, "spellingFoldsCase": true,
    "vocabularyScale": true, "llmWidth": 576, "llmVocabulary": 49152})");
  const auto speechConfig = speechInterfaceConfig(speech);
  ASSERT_TRUE(speechConfig.has_value()) << speechConfig.error().message;
  EXPECT_EQ(toJson(*speechConfig), speech);
}

TEST(InterfaceConfigs, NameTheNearestRightKey) {
  EXPECT_EQ(imageComplaint(R"({"querys": 8})"),
            "The image interface's config has no \"querys\"; did you mean \"queries\"?");
  EXPECT_EQ(imageComplaint(R"({"LLMwidth": 576})"),
            "The image interface's config has no \"LLMwidth\"; did you mean \"llmWidth\"?");
  EXPECT_EQ(speechComplaint(R"({"ctcAlphabeth": "abc"})"),
            "The speech interface's config has no \"ctcAlphabeth\"; did you mean \"ctcAlphabet\"?");
}

TEST(InterfaceConfigs, NameTheNearestRightChoice) {
  const auto said = speechComplaint(R"({"adapter": "vocabluary", "llmVocabulary": 9})");
  EXPECT_NE(said.find("did you mean \"vocabulary\"?"), std::string::npos) << said;
}

TEST(InterfaceConfigs, RefuseWrongValues) {
  for (const auto* text :
       {R"({"hidden": "768"})", R"({"hidden": 0})", R"({"hidden": 1.5})", R"({"hidden": 100, "heads": 7})",
        R"({"dropout": 1.5})", R"({"usePooled": 1})", R"({"cellPositions": true})", R"([1, 2])", R"({"layers": -1})",
        R"({"queries": 99999999999999999999})"}) {
    const auto said = imageComplaint(text);
    EXPECT_NE(said, "") << text;
    EXPECT_EQ(said.find("did you mean"), std::string::npos) << said;
  }
  for (const auto* text : {R"({"adapter": "vocabulary"})", R"({"cifKernel": 4})", R"({"adapter": 2})",
                           R"({"frontWidth": 33, "frontLayers": 1, "frontHeads": 3})", R"({"ctcAlphabet": 7})",
                           R"({"adapter": "vocabulary", "llmVocabulary": 9, "spellingPlaces": 4})",
                           R"({"adapter": "vocabulary", "llmVocabulary": 9, "spellingPlaces": 4, "ctcAlphabet": "ab",
                               "vocabularyHead": "full"})"}) {
    EXPECT_NE(speechComplaint(text), "") << text;
  }
}

}  // namespace
}  // namespace xllm::x2l
