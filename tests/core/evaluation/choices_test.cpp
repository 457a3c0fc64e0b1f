#include "core/evaluation/choices.h"

#include <vector>

#include <gtest/gtest.h>

namespace xllm::evaluation {
namespace {

const std::vector<std::string> kAnimals{"a cat", "a dog", "two dogs"};

TEST(Choices, AreShownWithLetters) {
  EXPECT_EQ(choiceLines(kAnimals), "\nA. a cat\nB. a dog\nC. two dogs\nAnswer with the letter alone.");
}

TEST(Choices, AreReadFromALetterOrTheirOwnWords) {
  for (const char* answer : {"B", "b", "B.", "(B)", " b)\n", "B: a dog", "(b) A dog.", "A dog"}) {
    EXPECT_EQ(parseChoice(answer, kAnimals), 1U) << answer;
  }
  EXPECT_EQ(parseChoice("A", kAnimals), 0U);
}

TEST(Choices, AreNeverGuessed) {
  for (const char* answer : {"", "D", "A or B", "It is a dog.", "The answer is B", "A. a dog", "dog", "BB",
                             "a"
                             " cat and a dog"}) {
    EXPECT_EQ(parseChoice(answer, kAnimals), std::nullopt) << answer;
  }
  const std::vector<std::string> twins{"Same", "same."};
  EXPECT_EQ(parseChoice("same", twins), std::nullopt);
  EXPECT_EQ(parseChoice("B", twins), 1U);
}

}  // namespace
}  // namespace xllm::evaluation
