#include "core/tokenizer/chatglm_text.h"

#include <gtest/gtest.h>

#include "core/tokenizer/chat_template.h"
#include "tests/core/tokenizer/support.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

std::string modelBytes(const std::string& name) {
  std::ifstream in(tests::tokenizerGolden(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ChatglmText, MarksAndOpensBlanksAsTheReferenceDoes) {
  const nlohmann::json golden = tests::readJson(tests::tokenizerGolden("chatglm_text_rules.json"));
  ASSERT_GE(golden.at("preprocess").size(), 30U);
  for (const auto& entry : golden.at("preprocess"))
    EXPECT_EQ(markBlanks(entry.at("text").get<std::string>()), entry.at("preprocessed").get<std::string>());
  ASSERT_GE(golden.at("postprocess").size(), 8U);
  for (const auto& entry : golden.at("postprocess"))
    EXPECT_EQ(openBlanks(entry.at("text").get<std::string>()), entry.at("postprocessed").get<std::string>());
}

TEST(ChatglmText, TextComesBackFromItsTokens) {
  const auto tokenizer = tokenizerFromFile(tests::tokenizerGolden("sp_unigram_chatglm_like.model"), "chatglm");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const std::string text = "def a():\n    b   c\t# d";
  const Ids ids = (*tokenizer)->encode(text);
  EXPECT_EQ((*tokenizer)->decode(ids), text);
  std::string streamed;
  for (const TokenId id : ids) streamed += (*tokenizer)->bytesOf(id);
  EXPECT_EQ(streamed, " " + text);  // with the space that sentencepiece puts in front
  EXPECT_TRUE((*tokenizer)->controlToken("<sop>"));
}

// The first generation's file lacks what the published code appended: the same model, with pieces from 20000 on.
TEST(ChatglmText, TheFirstGenerationsFileIsCompleted) {
  const auto plain = makeChatglmTokenizer(modelBytes("sp_unigram_nfkc_default.model"), "first.model");
  ASSERT_TRUE(plain) << plain.error().message;
  const auto pieces = tests::openTokenizer(tests::tokenizerGolden("sp_unigram_nfkc_default.model"));
  const std::int64_t own = pieces->vocabularySize();
  EXPECT_EQ((*plain)->controlToken("[gMASK]"), 20000 + own + 1);
  EXPECT_EQ((*plain)->controlToken("<sop>"), 20000 + own + 4);
  EXPECT_EQ((*plain)->vocabularySize(), 20000 + own + 8 + 1 + 79 + 256);
  Ids expected = pieces->encode("the cat");
  for (TokenId& id : expected) id += 20000;
  EXPECT_EQ((*plain)->encode("the cat"), expected);
  const Ids ids = (*plain)->encode("a\t  b");
  EXPECT_EQ((*plain)->decode(ids), "a\t  b");
  EXPECT_NE(std::ranges::find(ids, 20000 + own + 8), ids.end());  // <|tab|>
}

TEST(ChatglmText, TheRealFilesGiveThePublishedIds) {
  const char* const folder = std::getenv("XLLM_CHATGLM_TOKENIZERS");  // with chatglm/ice_text.model and so on
  if (folder == nullptr) GTEST_SKIP() << "XLLM_CHATGLM_TOKENIZERS names no folder with the real tokenizer files";
  const nlohmann::json golden = tests::readJson(tests::tokenizerGolden("chatglm_text_rules.json"));
  const auto tokenizer = tokenizerFromFile(std::filesystem::path(folder) / "chatglm/ice_text.model", "chatglm");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  for (const auto& entry : golden.at("ids_with_the_real_tokenizer_files").at("chatglm_v1")) {
    Ids ids = (*tokenizer)->encode(entry.at("text").get<std::string>());
    ids.insert(ids.end(), {*(*tokenizer)->controlToken("[gMASK]"), *(*tokenizer)->controlToken("<sop>")});
    EXPECT_EQ(ids, entry.at("ids").get<Ids>());
  }
}

TEST(AddedControlTokens, StandBehindTheFilesOwnPieces) {
  const auto path = tests::tokenizerGolden("sp_bpe_llama_like.model");
  const auto plain = tests::openTokenizer(path);
  const auto tokenizer = tokenizerFromFile(path, "chatglm3");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const std::int64_t own = plain->vocabularySize();
  EXPECT_EQ((*tokenizer)->controlToken("[gMASK]"), own + 1);
  EXPECT_EQ((*tokenizer)->controlToken("<|observation|>"), own + 8);
  EXPECT_EQ((*tokenizer)->vocabularySize(), own + 9);
  EXPECT_EQ((*tokenizer)->bytesOf(own + 1), "");
  EXPECT_EQ((*tokenizer)->decode({own + 1}), "");
  EXPECT_TRUE(ChatTemplate::create("chatglm3", **tokenizer));
}

}  // namespace
}  // namespace xllm::tokenizer
