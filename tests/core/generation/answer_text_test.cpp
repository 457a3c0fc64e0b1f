#include "core/generation/answer_text.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/tokenizer/utf8.h"
#include "tests/support/golden.h"

namespace xllm::generation {
namespace {

constexpr tokenizer::AnswerRules kChatglm{.trimmed = true, .chinesePunctuation = true};

std::string whole(tokenizer::AnswerRules rules, const std::string& text) {
  AnswerText answer(rules);
  std::string shown = answer.push(text);
  return shown + answer.flush();
}

std::string byCharacters(tokenizer::AnswerRules rules, std::string_view text) {
  AnswerText answer(rules);
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = tokenizer::readUtf8(text).length;
    shown += answer.push(text.substr(0, length));
    text.remove_prefix(length);
  }
  return shown + answer.flush();
}

TEST(AnswerText, GivesTheGoldenTextsInOnePieceAndInMany) {
  std::ifstream file(tests::goldenPath("tokenizers/chatglm_text_rules.json"));
  const auto golden = nlohmann::json::parse(file);
  ASSERT_GE(golden.at("process_response").size(), 20U);
  for (const auto& entry : golden.at("process_response")) {
    const auto text = entry.at("text").get<std::string>(), expected = entry.at("processed").get<std::string>();
    EXPECT_EQ(whole(kChatglm, text), expected);
    EXPECT_EQ(byCharacters(kChatglm, text), expected);
  }
}

TEST(AnswerText, HoldsBackOnlyWhatLaterTextCanChange) {
  AnswerText answer(kChatglm);
  EXPECT_EQ(answer.push(" \n你好,"), "你好，");
  EXPECT_EQ(answer.push("a,"), "a");
  EXPECT_EQ(answer.push("b [[训练"), ",b ");
  EXPECT_EQ(answer.push("!"), "[[训练！");
  EXPECT_EQ(answer.push(" \n"), "");
  EXPECT_EQ(answer.flush(), "");
}

TEST(AnswerText, LeavesOtherFamiliesAnswersAsTheyAre) {
  EXPECT_EQ(byCharacters({}, " 你好, [[训练时间]] \n"), " 你好, [[训练时间]] \n");
  EXPECT_EQ(byCharacters({.trimmed = true}, "\n你好, a \n"), "你好, a");
}

}  // namespace
}  // namespace xllm::generation
