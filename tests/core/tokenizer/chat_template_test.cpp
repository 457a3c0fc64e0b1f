#include "core/tokenizer/chat_template.h"

#include <gtest/gtest.h>

#include "core/weights/checkpoint.h"
#include "tests/core/tokenizer/support.h"
#include "tests/support/parts.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

void append(Ids& to, const Ids& more) { to.insert(to.end(), more.begin(), more.end()); }

TEST(ChatTemplate, WritesChatMlTurns) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("bpe_smollm_like.tokenizer.json"));
  const auto chatml = ChatTemplate::create("chatml", *tokenizer);
  ASSERT_TRUE(chatml) << chatml.error().message;
  const auto expected = [&](const std::string& role) {
    Ids ids{1};
    append(ids, tokenizer->encode(role + "\n"));
    return ids;
  };
  EXPECT_EQ(chatml->turnStart(Role::System), expected("system"));
  EXPECT_EQ(chatml->turnStart(Role::User), expected("user"));
  EXPECT_EQ(chatml->turnStart(Role::Assistant), expected("assistant"));
  Ids end{2};
  append(end, tokenizer->encode("\n"));
  EXPECT_EQ(chatml->turnEnd(), end);
  EXPECT_EQ(chatml->stopTokens(), (Ids{2, 0}));
}

TEST(ChatTemplate, RefusesUnknownNamesAndTokenizersWithoutItsTokens) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("sp_bpe_llama_like.model"));
  const auto chatml = ChatTemplate::create("chatml", *tokenizer);
  ASSERT_FALSE(chatml);
  EXPECT_EQ(chatml.error().code, ErrorCode::BadInput);
  const auto unknown = ChatTemplate::create("alpaca", *tokenizer);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::Unsupported);
}

TEST(ChatTemplate, GivesTheIdsOfTheRealModelsPrompts) {
  const auto file = tests::part("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "The frozen language model is not at " << file;
  const auto gguf = weights::Checkpoint::open(file);
  ASSERT_TRUE(gguf) << gguf.error().message;
  const auto tokenizer = tokenizerFromGguf(**gguf);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const auto chatml = ChatTemplate::create("chatml", **tokenizer);
  ASSERT_TRUE(chatml) << chatml.error().message;
  const nlohmann::json golden = tests::readJson(XLLM_TEST_DIR "/golden/real/smollm2.json");
  ASSERT_EQ(golden.size(), 10U);
  for (const nlohmann::json& entry : golden) {
    Ids ids = chatml->turnStart(Role::User);
    append(ids, (*tokenizer)->encode(entry.at("prompt").get<std::string>()));
    append(ids, chatml->turnEnd());
    append(ids, chatml->turnStart(Role::Assistant));
    EXPECT_EQ(ids, entry.at("ids").get<Ids>()) << entry.at("prompt");
    Ids answer = entry.at("greedy_ids").get<Ids>();
    const auto stop = (*tokenizer)->controlToken("<|im_end|>");
    std::string text = (*tokenizer)->decode(answer);
    if (!answer.empty() && answer.back() == stop) text += "<|im_end|>";
    EXPECT_EQ(text, entry.at("greedy_text").get<std::string>());
  }
}

}  // namespace
}  // namespace xllm::tokenizer
