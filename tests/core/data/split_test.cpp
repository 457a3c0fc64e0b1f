#include "core/data/split.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace xllm::data {
namespace {

std::vector<std::string> keys(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back("picture " + std::to_string(i) + ".jpg");
  return all;
}

std::set<std::string> chosen(const std::vector<std::string>& all, const std::vector<std::size_t>& indices) {
  std::set<std::string> names;
  for (const auto index : indices) names.insert(all[index]);
  return names;
}

TEST(Split, CoversEveryRowOnceInAboutTheAskedShare) {
  const Split split = splitForValidation(keys(4000), 0.1, 1);
  EXPECT_EQ(split.training.size() + split.validation.size(), 4000U);
  EXPECT_NEAR(static_cast<double>(split.validation.size()), 400, 60);
  EXPECT_TRUE(std::ranges::is_sorted(split.validation));
}

TEST(Split, NeverMovesARowWhenOthersComeOrGo) {
  const auto many = keys(1000), few = keys(600);
  auto turned = few;
  std::ranges::reverse(turned);
  const auto ofMany = chosen(many, splitForValidation(many, 0.2, 7).validation);
  const auto ofFew = chosen(few, splitForValidation(few, 0.2, 7).validation);
  EXPECT_EQ(ofFew, chosen(turned, splitForValidation(turned, 0.2, 7).validation));
  for (const auto& key : few) EXPECT_EQ(ofFew.contains(key), ofMany.contains(key)) << key;
  EXPECT_NE(ofFew, chosen(few, splitForValidation(few, 0.2, 8).validation));
  // A larger share keeps what the smaller one took.
  const auto larger = chosen(few, splitForValidation(few, 0.4, 7).validation);
  EXPECT_TRUE(std::ranges::includes(larger, ofFew));
}

// Pinned: a split must be the same on every machine and in every version.
TEST(Split, IsTheSameEverywhere) {
  EXPECT_EQ(splitForValidation(keys(12), 0.3, 1).validation, (std::vector<std::size_t>{1}));
}

TEST(Split, KeepsOneKeyTogetherAndLeavesNoSideEmpty) {
  const std::vector<std::string> twice{"a", "b", "a", "b", "c", "a"};
  const Split split = splitForValidation(twice, 0.5, 3);
  for (const auto& name : chosen(twice, split.validation)) EXPECT_FALSE(chosen(twice, split.training).contains(name));
  for (const double share : {1e-9, 1 - 1e-9}) {
    const Split extreme = splitForValidation(twice, share, 3);
    EXPECT_FALSE(extreme.training.empty());
    EXPECT_FALSE(extreme.validation.empty());
  }
  EXPECT_TRUE(splitForValidation(twice, 0, 3).validation.empty());
}

TEST(Split, HoldsOutTextsAndPictures) {
  SpeechExample a, b, silence;
  a.text = "Hello, world!";
  b.text = "hello world";
  silence.audio = "x/rain.wav";
  EXPECT_EQ(splitKey(a), splitKey(b));
  EXPECT_EQ(splitKey(silence), "rain.wav");
  CaptionedPicture picture;
  picture.picture = "/data/a.jpg";
  EXPECT_EQ(splitKey(picture), "a.jpg");
  ConversationExample example;
  using Kind = ConversationPart::Kind;
  example.turns = {{Role::User, {{Kind::Text, "What is it?", {}}, {Kind::Picture, {}, "/d/a.jpg"}}}};
  EXPECT_EQ(splitKey(example), "a.jpg");
}

}  // namespace
}  // namespace xllm::data
