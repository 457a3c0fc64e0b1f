#include "core/training/word_errors.h"

#include <gtest/gtest.h>

namespace xllm::training {
namespace {

std::int64_t errors(std::string_view reference, std::string_view heard) {
  WordErrors sum;
  countWordErrors(reference, heard, sum);
  return sum.errors;
}

TEST(WordErrors, CountReplacedMissingAndAddedWords) {
  EXPECT_EQ(errors("press two now", "press two now"), 0);
  EXPECT_EQ(errors("press two now", "press to now"), 1);
  EXPECT_EQ(errors("press two now", "press now"), 1);
  EXPECT_EQ(errors("press two now", "please press two now"), 1);
  EXPECT_EQ(errors("a b c d", "b c d e"), 2);
  EXPECT_EQ(errors("one two", ""), 2);
  EXPECT_EQ(errors("one", "six five four"), 3);
}

TEST(WordErrors, AreSummedOverTheCorpusNotAveragedOverSentences) {
  WordErrors sum;
  countWordErrors("a", "b", sum);
  countWordErrors("c d e", "c d e", sum);
  EXPECT_DOUBLE_EQ(sum.rate(), 0.25);
}

}  // namespace
}  // namespace xllm::training
