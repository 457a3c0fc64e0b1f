#include "core/tokenizer/pre_tokenizer.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/tokenizer/unicode_classes.h"
#include "tests/core/tokenizer/support.h"

namespace xllm::tokenizer {
namespace {

std::vector<std::string> split(PreTokenizer how, const std::string& text) {
  const std::vector<std::string_view> pieces = preTokenize(how, text);
  return {pieces.begin(), pieces.end()};
}

using Pieces = std::vector<std::string>;

TEST(PreTokenizer, CutsAsThePublishedExpressionsDo) {
  const nlohmann::json golden = tests::readJson(tests::tokenizerGolden("pretokenize.json"));
  ASSERT_GE(golden.at("cases").size(), 40U);
  for (const nlohmann::json& entry : golden.at("cases")) {
    const auto text = entry.at("text").get<std::string>();
    const auto expect = [&](PreTokenizer how, const char* key) {
      EXPECT_EQ(split(how, text), entry.at(key).get<Pieces>()) << key << " of " << entry.at("text");
    };
    expect(PreTokenizer::Gpt2, "gpt2");
    expect(PreTokenizer::SmolLm, "smollm");
    expect(PreTokenizer::Qwen2, "qwen2");
    expect(PreTokenizer::Llama3, "glm4_llama3");
  }
}

TEST(PreTokenizer, KnowsTheExpressionsItImplementsAndNoOthers) {
  const nlohmann::json expressions = tests::readJson(tests::tokenizerGolden("pretokenize.json")).at("expressions");
  EXPECT_EQ(preTokenizerOfExpression(expressions.at("gpt2").get<std::string>()), PreTokenizer::Gpt2);
  EXPECT_EQ(preTokenizerOfExpression(expressions.at("qwen2").get<std::string>()), PreTokenizer::Qwen2);
  EXPECT_EQ(preTokenizerOfExpression(expressions.at("glm4_llama3").get<std::string>()), PreTokenizer::Llama3);
  EXPECT_EQ(preTokenizerOfExpression("\\w+"), std::nullopt);
  EXPECT_EQ(preTokenizerNamed("smollm"), PreTokenizer::SmolLm);
  EXPECT_EQ(preTokenizerNamed("gpt-2"), PreTokenizer::Gpt2);
  EXPECT_EQ(preTokenizerNamed("tekken"), std::nullopt);
}

TEST(PreTokenizer, IgnoresCaseInContractionsOnlyWhereTheExpressionSaysSo) {
  EXPECT_EQ(split(PreTokenizer::Gpt2, "I'LL"), (Pieces{"I", "'", "LL"}));
  EXPECT_EQ(split(PreTokenizer::Qwen2, "I'LL"), (Pieces{"I", "'LL"}));
  EXPECT_EQ(split(PreTokenizer::Qwen2, "it'\u017Fx"), (Pieces{"it", "'\u017F", "x"}));
}

TEST(PreTokenizer, KeepsLineBreaksTogether) {
  EXPECT_EQ(split(PreTokenizer::Qwen2, "a;\r\n\r\nb"), (Pieces{"a", ";\r\n\r\n", "b"}));
  EXPECT_EQ(split(PreTokenizer::Qwen2, "a \n \n  b"), (Pieces{"a", " \n \n", " ", " b"}));
  EXPECT_EQ(split(PreTokenizer::Gpt2, "a \n \n  b"), (Pieces{"a", " \n \n ", " b"}));
}

TEST(PreTokenizer, LosesNothingOfAnyBytes) {
  std::mt19937 random(7);
  const std::string alphabet("ab1 \n\r\t'sLl.\xC3\xA9\xE4\xBD\xF0\x9F\xFF\xC2\xA0\x80", 24);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto left = random() % 24; left > 0; --left) text += alphabet[random() % alphabet.size()];
    for (const PreTokenizer how :
         {PreTokenizer::Gpt2, PreTokenizer::SmolLm, PreTokenizer::Qwen2, PreTokenizer::Llama3}) {
      std::string joined;
      for (const std::string_view piece : preTokenize(how, text)) {
        ASSERT_FALSE(piece.empty());
        joined += piece;
      }
      ASSERT_EQ(joined, text);
    }
  }
}

TEST(UnicodeClasses, AgreeWithTheStandard) {
  EXPECT_EQ(classOf(U'x'), CharClass::Letter);
  EXPECT_EQ(classOf(U'ß'), CharClass::Letter);
  EXPECT_EQ(classOf(U'中'), CharClass::Letter);
  EXPECT_EQ(classOf(0x20000), CharClass::Letter);  // a rare ideograph
  EXPECT_EQ(classOf(U'7'), CharClass::Number);
  EXPECT_EQ(classOf(U'½'), CharClass::Number);
  EXPECT_EQ(classOf(U'Ⅷ'), CharClass::Number);
  EXPECT_EQ(classOf(0x0301), CharClass::Other);  // combining acute: a mark
  EXPECT_EQ(classOf(0x3000), CharClass::Space);  // ideographic space
  EXPECT_EQ(classOf(0x85), CharClass::Space);
  EXPECT_EQ(classOf(0x1C), CharClass::Other);    // not White_Space, whatever isspace() of Python says
  EXPECT_EQ(classOf(0x200B), CharClass::Other);  // zero width space is none
  EXPECT_EQ(classOf(0x1F600), CharClass::Other);
  EXPECT_EQ(classOf(0x10FFFF), CharClass::Other);
}

}  // namespace
}  // namespace xllm::tokenizer
