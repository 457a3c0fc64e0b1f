#include "core/x2l/spelling.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace xllm::x2l {
namespace {

// The kind of the character at each place of row `token`; -1 where a place has not just one.
std::vector<std::int64_t> kindsOf(const at::Tensor& table, std::int64_t token, std::int64_t places) {
  const at::Tensor rows = table[token].view({places, -1}).to(at::kLong);
  std::vector<std::int64_t> kinds;
  for (std::int64_t place = 0; place < places; ++place) {
    kinds.push_back(rows[place].sum().item<std::int64_t>() == 1 ? rows[place].argmax().item<std::int64_t>() : -1);
  }
  return kinds;
}

TEST(Spelling, KnowsTheAlphabetTheEndAndAnyOtherCharacter) {
  EXPECT_EQ(spellingKinds(" ab"), 5);
  EXPECT_EQ(spellingKinds("äß"), 4);
  const at::Tensor table = spelledTable({" ab", "b", "aÄb", "abababab", ""}, " ab", 4);
  EXPECT_EQ(table.sizes(), at::IntArrayRef({5, 20}));
  EXPECT_EQ(kindsOf(table, 0, 4), (std::vector<std::int64_t>{1, 2, 3, 0}));
  EXPECT_EQ(kindsOf(table, 1, 4), (std::vector<std::int64_t>{3, 0, 0, 0}));
  EXPECT_EQ(kindsOf(table, 2, 4), (std::vector<std::int64_t>{2, 4, 3, 0}));
  EXPECT_EQ(kindsOf(table, 3, 4), (std::vector<std::int64_t>{2, 3, 2, 3}));
  EXPECT_EQ(kindsOf(table, 4, 4), (std::vector<std::int64_t>{0, 0, 0, 0}));
}

TEST(Spelling, CountsHalfACharacterAsAnother) {
  const at::Tensor table = spelledTable({"\xC3",
                                         "\xA4"
                                         "a"},
                                        "ä", 3);
  EXPECT_EQ(kindsOf(table, 0, 3), (std::vector<std::int64_t>{2, 0, 0}));
  EXPECT_EQ(kindsOf(table, 1, 3), (std::vector<std::int64_t>{2, 2, 0}));
}

TEST(Spelling, FoldsCapitalsWhereAsked) {
  const at::Tensor folded = spelledTable({" Ab", "É"}, " ab", 3, LetterCase::Folded);
  EXPECT_EQ(kindsOf(folded, 0, 3), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(kindsOf(folded, 1, 3), (std::vector<std::int64_t>{4, 0, 0}))
      << "capitals beyond ASCII stay other characters";
  EXPECT_EQ(kindsOf(spelledTable({" Ab"}, " ab", 3), 0, 3), (std::vector<std::int64_t>{1, 4, 3}));
}

TEST(Spelling, HearsAWrittenTextAsLettersAndSpaces) {
  const auto heard = [](const std::string& text) { return heardCharacters(text, " abc'").places; };
  EXPECT_EQ(heard("Ab, c-a!"), heard("ab c a"));
  EXPECT_EQ(heard("ab c a"), (std::vector<std::int64_t>{2, 3, 1, 4, 1, 2}));
  EXPECT_EQ(heard("a'b"), (std::vector<std::int64_t>{2, 5, 3}));
  EXPECT_EQ(heard("  (a)  "), (std::vector<std::int64_t>{2}));
  EXPECT_TRUE(heard("").empty());
  EXPECT_EQ(heardCharacters("ab 7", " ab").unknown, "7");
  EXPECT_EQ(heardCharacters("aé", " ab").unknown, "é");
  EXPECT_EQ(heardCharacters("A.b", "Ab").places, (std::vector<std::int64_t>{1, 2}))
      << "without a space in the alphabet";
}

TEST(Spelling, ReadsLettersWithoutBlanksAndRepeats) {
  // blank a a blank a b b | past the end
  const at::Tensor best = torch::tensor({{0, 2, 2, 0, 2, 3, 3, 1}, {1, 0, 0, 0, 0, 0, 0, 0}}, at::kLong);
  const at::Tensor logits = at::one_hot(best, 4).to(at::kFloat);
  EXPECT_EQ(readLetters(logits, torch::tensor({7, 0}, at::kLong), " ab"), (std::vector<std::string>{"aab", ""}));
}

TEST(Spelling, TellsHowLikelyTheLettersOfATextAre) {
  torch::manual_seed(2);
  const at::Tensor logits = at::randn({3, 3});
  const at::Tensor p = at::softmax(logits, 1);
  const auto of = [&](std::vector<std::int64_t> path) {  // kinds of the three frames
    return (p[0][path[0]] * p[1][path[1]] * p[2][path[2]]).item<double>();
  };
  const at::Tensor likely = letterLikelihoods(logits, {{1, 2}, {1, 1}, {}, {1, 2, 1, 2}}).exp();
  EXPECT_NEAR(likely[0].item<double>(), of({1, 2, 0}) + of({1, 0, 2}) + of({0, 1, 2}) + of({1, 1, 2}) + of({1, 2, 2}),
              1e-6);
  EXPECT_NEAR(likely[1].item<double>(), of({1, 0, 1}), 1e-6) << "a letter twice needs a blank between";
  EXPECT_NEAR(likely[2].item<double>(), of({0, 0, 0}), 1e-6);
  EXPECT_EQ(likely[3].item<double>(), 0.0) << "four letters do not fit three frames";
}

}  // namespace
}  // namespace xllm::x2l
