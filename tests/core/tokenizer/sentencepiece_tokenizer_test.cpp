#include "core/tokenizer/sentencepiece_tokenizer.h"

#include <gtest/gtest.h>

#include "tests/core/tokenizer/support.h"

namespace xllm::tokenizer {
namespace {

using Ids = std::vector<TokenId>;

TEST(SentencepieceTokenizer, GivesTheGoldenIdsAndTexts) {
  const nlohmann::json golden = tests::readJson(tests::tokenizerGolden("sentencepiece.json"));
  ASSERT_EQ(golden.at("cases").size(), 4U);
  for (const auto& [name, model] : golden.at("cases").items()) {
    const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden(model.at("model").get<std::string>()));
    EXPECT_EQ(tokenizer->vocabularySize(), model.at("vocab_size").get<std::int64_t>());
    for (const nlohmann::json& entry : model.at("encode")) {
      const Ids ids = tokenizer->encode(entry.at("text").get<std::string>());
      EXPECT_EQ(ids, entry.at("ids").get<Ids>()) << name << ": " << entry.at("text");
      EXPECT_EQ(tokenizer->decode(ids), entry.at("decoded").get<std::string>()) << name << ": " << entry.at("text");
    }
    for (const nlohmann::json& entry : model.at("decode")) {
      EXPECT_EQ(tokenizer->decode(entry.at("ids").get<Ids>()), entry.at("decoded").get<std::string>())
          << name << ": " << entry.at("ids");
    }
  }
}

TEST(SentencepieceTokenizer, GivesTheBytesOfSinglePieces) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("sp_unigram_chatglm_like.model"));
  EXPECT_EQ(tokenizer->bytesOf(352), " a");
  EXPECT_EQ(tokenizer->bytesOf(349), " ");
  EXPECT_EQ(tokenizer->bytesOf(252), "\x9F");  // <0x9F>
  EXPECT_EQ(tokenizer->bytesOf(1), "");        // control
  EXPECT_EQ(tokenizer->bytesOf(0), " \u2047 ");
  EXPECT_EQ(tokenizer->bytesOf(-1), "");
  EXPECT_EQ(tokenizer->bytesOf(900), "");
}

TEST(SentencepieceTokenizer, StreamsCharactersMadeOfBytePieces) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("sp_unigram_chatglm_like.model"));
  StreamDecoder stream(*tokenizer);
  EXPECT_EQ(stream.push(333), "");
  EXPECT_EQ(stream.push(252), "");
  EXPECT_EQ(stream.push(238), "");
  EXPECT_EQ(stream.push(232), "\U0001F44B");
  EXPECT_EQ(stream.flush(), "");
}

TEST(SentencepieceTokenizer, KnowsControlTokensAndNeverMakesThemFromText) {
  const auto tokenizer = tests::openTokenizer(tests::tokenizerGolden("sp_unigram_chatglm_like.model"));
  const auto sop = tokenizer->controlToken("<sop>");
  ASSERT_TRUE(sop);
  for (const TokenId id : tokenizer->encode("a <sop> b")) EXPECT_NE(id, *sop);
  EXPECT_EQ(tokenizer->controlToken("nothing like it"), std::nullopt);
}

TEST(SentencepieceTokenizer, RefusesATornModel) {
  std::ifstream in(tests::tokenizerGolden("sp_bpe_llama_like.model"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  ASSERT_GT(whole.size(), 6000U);
  const auto torn = makeSentencepieceTokenizer(whole.substr(0, 6001), "torn.model");
  ASSERT_FALSE(torn);
  EXPECT_EQ(torn.error().code, ErrorCode::CorruptFile);
}

}  // namespace
}  // namespace xllm::tokenizer
