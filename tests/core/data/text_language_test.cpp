#include "core/data/text_language.h"

#include <gtest/gtest.h>

namespace xllm::data {
namespace {

TEST(TextLanguage, IsToldByScriptAndSmallWords) {
  EXPECT_EQ(languageOf("a grey cat is sitting on the sofa"), "en");
  EXPECT_EQ(languageOf("Die graue Katze ist auf dem Sofa."), "de");
  EXPECT_EQ(languageOf("le chat est sur la table"), "fr");
  EXPECT_EQ(languageOf("el gato está en la mesa y un perro"), "es");
  EXPECT_EQ(languageOf("一只猫坐在沙发上"), "zh");
  EXPECT_EQ(languageOf("猫がソファに座っている"), "ja");
  EXPECT_EQ(languageOf("고양이가 소파에 앉아 있다"), "ko");
  EXPECT_EQ(languageOf("кот сидит на диване"), "ru");
  EXPECT_EQ(languageOf("القط على الأريكة"), "ar");
  EXPECT_EQ(languageOf("cat"), "Latin") << "too short to tell";
  EXPECT_EQ(languageOf("12 + 3 = 15"), "");
  EXPECT_EQ(languageOf("用 Python 写的程序"), "zh") << "a name in other letters is no other language";
}

TEST(TextLanguage, CountsWordsAndLettersOfEveryScript) {
  EXPECT_EQ(wordsIn("It's a well-known cat, isn't it?"), 6);
  EXPECT_EQ(wordsIn("一只猫 and a dog"), 6);
  EXPECT_EQ(wordsIn("  ... "), 0);
  EXPECT_EQ(wordsIn("42 cats"), 2);
  EXPECT_EQ(lettersIn("Ça va, 7!"), 5);
}

TEST(TextLanguage, FindsLettersOfWrongConversions) {
  EXPECT_TRUE(hasBrokenLetters("the cafÃ© on the corner"));
  EXPECT_TRUE(hasBrokenLetters("it\xE2\x82\xACs") == false);
  EXPECT_TRUE(hasBrokenLetters("itâ€™s"));
  EXPECT_TRUE(hasBrokenLetters("what \xEF\xBF\xBD"));
  EXPECT_FALSE(hasBrokenLetters("le château, São Paulo, ÂNGELA, 5 €"));
}

}  // namespace
}  // namespace xllm::data
