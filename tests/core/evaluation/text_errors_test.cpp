#include "core/evaluation/text_errors.h"

#include <gtest/gtest.h>

namespace xllm::evaluation {
namespace {

using Words = std::vector<std::string>;

TextErrors compare(const std::string& reference, const std::string& heard, TextUnit unit = TextUnit::Words) {
  return compareTexts(unitsOf(normalisedText(reference), unit), unitsOf(normalisedText(heard), unit));
}

TEST(TextErrors, CountReplacedLeftOutAndAddedWords) {
  const TextErrors errors = compare("the cat sat there", "the bat sat");
  EXPECT_EQ(errors.replaced, 1);
  EXPECT_EQ(errors.leftOut, 1);
  EXPECT_EQ(errors.added, 0);
  EXPECT_EQ(errors.units, 4);
  EXPECT_DOUBLE_EQ(*errors.rate(), 0.5);
  EXPECT_EQ(compare("one two", "one and a two").added, 2);
  EXPECT_EQ(compare("kitten", "sitting", TextUnit::Characters).errors(), 3);
}

TEST(TextErrors, AreSummedOverTheCorpusAndMayPassOne) {
  TextErrors sum = compare("a b c d e f g h i", "a b c d e f g h i");
  sum += compare("x", "y z");  // 2 errors on 1 word
  EXPECT_DOUBLE_EQ(*sum.rate(), 2.0 / 10.0);
  EXPECT_DOUBLE_EQ(*compare("x", "y z").rate(), 2.0);
}

TEST(TextErrors, CountEveryWordInventedInSilence) {
  const TextErrors errors = compare("", "thank you");
  EXPECT_EQ(errors.added, 2);
  EXPECT_FALSE(errors.rate());
  EXPECT_EQ(compare("", " . ").errors(), 0);
}

TEST(TextErrors, CountAFailureAsAllOfItsWords) {
  EXPECT_EQ(failedText({"a", "b", "c"}).leftOut, 3);
  EXPECT_EQ(failedText({"a", "b", "c"}).units, 3);
  EXPECT_EQ(failedText({}).errors(), 1) << "failing on silence must not be better than inventing a word";
}

TEST(TextErrors, ComparesTextsWithoutCaseAndMarks) {
  EXPECT_EQ(normalisedText("  Don\xE2\x80\x99t  press #2,\tplease\xE2\x80\x94now! "), "don't press 2 please now");
  EXPECT_EQ(normalisedText("'Well-known' \xC3\x89T\xC3\x89 3.5 1,000."), "well known \xC3\xA9t\xC3\xA9 3.5 1,000");
  EXPECT_EQ(normalisedText("\xD0\x9F\xD0\xA0\xD0\x98"), "\xD0\xBF\xD1\x80\xD0\xB8");  // Cyrillic
  EXPECT_EQ(normalisedText("bad \xFF byte"), "bad byte");
}

TEST(TextErrors, TakesEachChineseSignAsAWord) {
  const std::string text = normalisedText("\xE4\xBD\xA0\xE5\xA5\xBD\xEF\xBC\x8Cok \xE5\x90\x97");  // 你好，ok 吗
  EXPECT_EQ(unitsOf(text, TextUnit::Words), (Words{"\xE4\xBD\xA0", "\xE5\xA5\xBD", "ok", "\xE5\x90\x97"}));
  EXPECT_EQ(unitsOf("a bc", TextUnit::Characters), (Words{"a", "b", "c"}));
}

TEST(TextErrors, NothingIsCutOffALongText) {
  std::string reference, heard;
  for (int i = 0; i < 500; ++i) reference += "word ";
  EXPECT_EQ(compare(reference, heard).leftOut, 500);
}

TEST(HoldsPhrase, WantsWholeWords) {
  EXPECT_TRUE(holdsPhrase("This is a photo of a Polar Bear.", "polar bear"));
  EXPECT_FALSE(holdsPhrase("This is a scatter plot.", "cat"));
  EXPECT_FALSE(holdsPhrase("A bear that is polar.", "polar bear"));
  EXPECT_TRUE(holdsPhrase("I heard nothing.", "I heard nothing."));
  EXPECT_FALSE(holdsPhrase("anything", " ."));
}

}  // namespace
}  // namespace xllm::evaluation
