#include "core/evaluation/relative_score.h"

#include <gtest/gtest.h>

namespace xllm::evaluation {
namespace {

TEST(RelativeScore, ReadsTwoNumbersOnTheFirstLine) {
  for (const char* reply : {"8 7", "8 7\nBoth are good: 3 points less.", "\n 8, 7 \r\nx", "8,7", "8.0\t7", "8 ,7"}) {
    const auto scores = parseScores(reply);
    ASSERT_TRUE(scores) << reply;
    EXPECT_EQ(scores->reference, 8) << reply;
    EXPECT_EQ(scores->answer, 7) << reply;
  }
  EXPECT_EQ(parseScores("9.5 10")->reference, 9.5);
}

TEST(RelativeScore, NeverGuesses) {
  for (const char* reply :
       {"", "\n\n", "8", "87", "8 7 6", "Answer 1: 8, answer 2: 7", "8/10 7/10", "8 : 7", "0 5", "11 5", "5 -3", "8 7.",
        "8 seven", "The scores are\n8 7", "8,,7", "8 , , 7", "nan 3", "1e1 5"}) {
    EXPECT_FALSE(parseScores(reply)) << reply;
  }
}

TEST(RelativeScore, IsTheRatioOfSumsAndTellsWhatWasNotParsed) {
  ScoreSums sums;
  EXPECT_FALSE(sums.ratio());
  sums.add(JudgedScores{10, 5});
  sums.add(JudgedScores{8, 8});
  sums.add(std::nullopt);
  EXPECT_EQ(sums.judged, 3);
  EXPECT_EQ(sums.unparsed, 1);
  EXPECT_DOUBLE_EQ(*sums.ratio(), 13.0 / 18);
  EXPECT_DOUBLE_EQ(*sums.ratioIfUnparsedLost(), 14.0 / 27);
}

TEST(RelativeScore, ShowsTheReferenceFirst) {
  const std::string prompt = judgePrompt({"1", "", "A cat on a sofa.", "What is it?", "REFERENCE", "OURS"});
  EXPECT_LT(prompt.find("A cat on a sofa."), prompt.find("What is it?"));
  EXPECT_LT(prompt.find("REFERENCE"), prompt.find("OURS"));
  EXPECT_NE(prompt.find("first line"), std::string::npos);
}

}  // namespace
}  // namespace xllm::evaluation
