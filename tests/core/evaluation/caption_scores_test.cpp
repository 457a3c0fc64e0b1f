#include "core/evaluation/caption_scores.h"

#include <cmath>

#include <gtest/gtest.h>

namespace xllm::evaluation {
namespace {

// By hand. 1-grams 5/6 + 6/6, 2-grams 3/5 + 5/5, 3-grams 1/4 + 4/4, 4-grams 0/3 + 3/3; 12 words against 13.
const std::vector<CaptionItem> kTwo{{"The cat sat on the mat.", {"the cat is on the mat"}},
                                    {"a dog runs in the park", {"a dog runs in the park today"}}};

TEST(CaptionScores, BleuIsThatOfTheCorpus) {
  const double expected = std::exp(1 - 13.0 / 12) * std::pow(11.0 / 12 * 8 / 10 * 5 / 8 * 3 / 6, 0.25);
  EXPECT_NEAR(scoreCaptions(kTwo).bleu4, expected, 1e-12);
  EXPECT_EQ(scoreCaptions(std::vector<CaptionItem>{kTwo[0]}).bleu4, 0) << "no 4-gram fits, and nothing is smoothed";
}

TEST(CaptionScores, BleuClipsRepeatedWordsAndTakesTheNearestLength) {
  // "the" seven times, twice in the reference (Papineni's own example): only precision 2/7 for 1-grams, 0 for others.
  EXPECT_EQ(scoreCaptions(std::vector<CaptionItem>{{"the the the the the the the", {"the cat is on the mat"}}}).bleu4,
            0);
  // References of 5 and 9 words, caption of 6: nearest is 5, so nothing is taken off.
  const CaptionItem item{"a b c d e f", {"a b c d e", "a b c d e f g h i"}};
  EXPECT_NEAR(scoreCaptions(std::vector<CaptionItem>{item}).bleu4, 1.0, 1e-12);
}

TEST(CaptionScores, RougeWeighsRecallMore) {
  const double second = 2.44 * (6.0 / 7) / (6.0 / 7 + 1.44);
  EXPECT_NEAR(scoreCaptions(kTwo).rougeL, (5.0 / 6 + second) / 2, 1e-12);
}

// By hand: every n-gram is in one of two items, so every weight is log 2.
TEST(CaptionScores, CiderWeighsByRarity) {
  EXPECT_NEAR(scoreCaptions(std::vector<CaptionItem>{{"a b", {"a b"}}, {"c d", {"c e"}}}).ciderD,
              10 * (1 + 0.5 + 1 + 0) / 8, 1e-12);
}

TEST(CaptionScores, CiderClipsRepetitionAndTakesOffForLength) {
  EXPECT_NEAR(scoreCaptions(std::vector<CaptionItem>{{"a a", {"a b"}}, {"c d", {"c d"}}}).ciderD,
              10 * (1 / std::sqrt(8.0) + 2) / 8, 1e-12);
  const double longer = std::exp(-1.0 / 72);
  EXPECT_NEAR(scoreCaptions(std::vector<CaptionItem>{{"a b x", {"a b"}}, {"c d", {"c d"}}}).ciderD,
              10 * (longer * (2 / std::sqrt(6.0) + 1 / std::sqrt(2.0)) + 2) / 8, 1e-12);
}

TEST(CaptionScores, GiveNothingForNoWords) {
  const CaptionScores scores = scoreCaptions(std::vector<CaptionItem>{{"", {"a b c d e"}}});
  EXPECT_EQ(scores.bleu4, 0);
  EXPECT_EQ(scores.ciderD, 0);
  EXPECT_EQ(scores.rougeL, 0);
}

}  // namespace
}  // namespace xllm::evaluation
